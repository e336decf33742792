#!/bin/bash
# Runs in the finished root, in a sandbox without network.
set -e
. /.kconfig
. /.profile

Echo "Configuring $kiwi_iname $kiwi_iversion with profiles: ${kiwi_profiles:-none}"

systemctl enable serial-getty@ttyS0.service
baseSetRunlevel 3

# These need configuration that only the site has; its overlays enable them.
for service in munge slurmd; do
    if [ -e "/lib/systemd/system/$service.service" ]; then
        baseRemoveService "$service"
    fi
done

ln -sfn /opt/site/bin/node-summary /usr/local/bin/node-summary
