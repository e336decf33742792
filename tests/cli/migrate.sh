#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `imgbuild migrate`: what is printed, what is changed, and what is left alone.
. "$(dirname "$0")/common.sh"

mkdir -p node/parts
cat >node/config.xml <<'END'
<?xml version="1.0"?>
<!-- by hand -->
<image   schemaversion='7.5' name="node">
  <include from="file://parts/base.xml"/>
  <preferences>
    <version>1.0</version>
    <packagemanager>dnf</packagemanager>
    <type image="oem" vga="0x317"/>
  </preferences>
</image>
END
cat >node/parts/base.xml <<'END'
<image schemaversion="7.5">
  <description type="system"><author>A</author><contact>c</contact><specification>s</specification></description>
  <containers source="registry.example.org" backend="podman">
    <container name="app"/>
  </containers>
</image>
END
cp -r node before

case_is "the upgraded description on standard output"
run migrate node
expect_status 0
sed -e 's/7\.5/8.5/' -e 's/>dnf</>dnf4</' -e 's/ vga="0x317"//' before/config.xml | expect_stdout
expect_stderr <<'END'
node/parts/base.xml: must change, too; see --diff or use --in-place
END
diff -r before node || fail "something was changed"

case_is "the difference"
run migrate --diff node
expect_status 0
expect_stderr </dev/null
expect_stdout <<'END'
--- node/config.xml
+++ node/config.xml
@@ -1,10 +1,10 @@
 <?xml version="1.0"?>
 <!-- by hand -->
-<image   schemaversion='7.5' name="node">
+<image   schemaversion='8.5' name="node">
   <include from="file://parts/base.xml"/>
   <preferences>
     <version>1.0</version>
-    <packagemanager>dnf</packagemanager>
-    <type image="oem" vga="0x317"/>
+    <packagemanager>dnf4</packagemanager>
+    <type image="oem"/>
   </preferences>
 </image>
--- node/parts/base.xml
+++ node/parts/base.xml
@@ -1,6 +1,6 @@
-<image schemaversion="7.5">
+<image schemaversion="8.5">
   <description type="system"><author>A</author><contact>c</contact><specification>s</specification></description>
-  <containers source="registry.example.org" backend="podman">
-    <container name="app"/>
-  </containers>
+  <packages type="image">
+    <container name="docker://registry.example.org/app:latest" preload="true" backend="podman"/>
+  </packages>
 </image>
END
cp "$work/stdout" difference
diff -r before node || fail "something was changed"

case_is "in place"
chmod 640 node/config.xml
mv node/config.xml node/real.xml
ln -s real.xml node/config.xml
run migrate --in-place node/config.xml
expect_status 0
expect_stdout <<'END'
node/config.xml: migrated
node/parts/base.xml: migrated
END
[ -L node/config.xml ] || fail "the link was replaced"
[ "$(stat -c %a node/real.xml)" = 640 ] || fail "the mode is another one"
patch --quiet --strip=1 --directory before <difference
diff before/config.xml node/real.xml
diff before/parts/base.xml node/parts/base.xml
[ "$(find node | wc -l)" = 5 ] || fail "files were left behind"

case_is "again"
run migrate --in-place node/config.xml
expect_stdout <<'END'
node/config.xml: already current
END
run migrate --diff node/config.xml
expect_stdout </dev/null

case_is "an invalid description"
sed -i 's/<version>/<versoin>/; s/<.version>/<\/versoin>/' node/real.xml
cp node/real.xml wrong.xml
run migrate --in-place node/config.xml
expect_status 2
expect_line "$work/stderr" 'node/config.xml:6:5: error: unknown element <versoin> inside <preferences> [E101]'
diff wrong.xml node/real.xml || fail "an invalid description was changed"

case_is "an unknown version"
echo '<image schemaversion="6.8"/>' >old.xml
run migrate old.xml
expect_status 2
expect_stderr <<'END'
old.xml:1:23: error: schema version 6.8 is too old to be upgraded [E200]
  1 | <image schemaversion="6.8"/>
    |                       ^~~
  hint: imgbuild knows versions 7.4, 7.5, 7.6, 8.0, 8.1, 8.2, 8.3, 8.4 and 8.5
END
