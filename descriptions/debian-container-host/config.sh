#!/bin/bash
# Runs in the finished root, in a sandbox without network.
set -e
. /.kconfig
. /.profile

Echo "Configuring $kiwi_iname $kiwi_iversion"

# Virtual machines show their console on the first serial port.
systemctl enable serial-getty@ttyS0.service
baseSetRunlevel 3

# Any network card gets its address by DHCP; Warewulf's overlays replace this.
cat >/etc/network/interfaces.d/all <<'INTERFACES'
auto /e*
allow-hotplug /e*
iface eth0 inet dhcp
iface ens3 inet dhcp
INTERFACES
