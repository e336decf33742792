#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Descriptions that are no XML, no description, or an attack.
. "$(dirname "$0")/common.sh"

# refused, with the document as config.xml: `validate` and `build` say the same.
refused() {
    local verb
    for verb in validate "build --target-dir out"; do
        case_is "$verb: $1"
        # shellcheck disable=SC2086 # the verb's options are words
        run --progress none --store "$work/own-store" $verb config.xml
        expect_status 2
        expect_stdout </dev/null
        expect_stderr <message
        [ ! -e out ] || fail "there is a result"
    done
}

echo 'this is not XML' >config.xml
cat >message <<'END'
config.xml:1:1: error: there is text in front of the first element [E119]
  1 | this is not XML
    | ^
  hint: a description begins with "<"
END
refused "no XML"

cat >config.xml <<'END'
<image schemaversion="8.5" name="x">
  <preferences>
    <timezome>UTC</timezone>
  </preferences>
</image>
END
cat >message <<'END'
config.xml:3:18: error: </timezone> does not close <timezome>, which is open since line 3 [E111]
  3 |     <timezome>UTC</timezone>
    |                  ^
  config.xml:3:5: <timezome> was opened here
  hint: one of the two is misspelt: write </timezome> here, or <timezone> in line 3
END
refused "not well-formed"

cat >config.xml <<'END'
<image schemaversion="8.5" name="x">
  <description type="system">
    <author>a</author>
    <contact>a@example.org</contact>
    <specification>s</specification>
  </description>
  <preferences>
    <version>1.0.0</version>
    <packagemanger>apt</packagemanger>
    <type image="warewolf"/>
  </preferences>
</image>
END
cat >message <<'END'
config.xml:9:5: error: unknown element <packagemanger> inside <preferences> [E101]
  9 |     <packagemanger>apt</packagemanger>
    |     ^~~~~~~~~~~~~~
  hint: did you mean <packagemanager>? here may stand <bootsplash-theme>, <bootloader-theme>, <keytable>, <locale>, <packagemanager>, <release-version> and 6 more
config.xml:10:18: error: "warewolf" is no value for the attribute image of <type> [E105]
  10 |     <type image="warewolf"/>
     |                  ^~~~~~~~
  hint: did you mean warewulf? it may be btrfs, cpio, docker, ext2, ext3, ext4 and 13 more
END
refused "XML that the schema rejects"

{
    printf '<?xml version="1.0"?>\n<!DOCTYPE image [\n <!ENTITY a "aaaaaaaaaa">\n'
    previous=a
    for name in b c d e f g h i j; do
        printf ' <!ENTITY %s "' "$name"
        for _ in 1 2 3 4 5 6 7 8 9 10; do printf '&%s;' "$previous"; done
        printf '">\n'
        previous=$name
    done
    printf ']>\n<image schemaversion="8.5" name="x">&j;</image>\n'
} >config.xml
cat >message <<'END'
config.xml:2:1: error: the document expands to more than 67.1 MB [E123]
  2 | <!DOCTYPE image [
    | ^
  hint: write the text itself instead of entities that contain each other
END
refused "an entity bomb"

echo 'the content of a secret' >secret
cat >config.xml <<END
<?xml version="1.0"?>
<!DOCTYPE image [<!ENTITY f SYSTEM "file://$work/secret">]>
<image schemaversion="8.5" name="x"><description type="system"><author>&f;</author></description></image>
END
cat >message <<'END'
config.xml:3:72: error: &f; refers to something outside this file, which is never read [E124]
  3 | <image schemaversion="8.5" name="x"><description type="system"><author>&f;</author></description></image>
    |                                                                        ^
  config.xml:2:27: declared here
  hint: use <include> for parts of a description, or write the text here
END
refused "an external entity"

head -c 16777217 /dev/zero | tr '\0' ' ' >config.xml
cat >message <<'END'
config.xml: error: the file has more than the 16.8 MB that are read of a description [E120]
END
refused "far too much"
rm config.xml

# no_file: the directory "place" is refused with standard input as the message.
no_file() {
    cat >message
    local verb
    for verb in validate "build --target-dir out"; do
        # shellcheck disable=SC2086 # the verb's options are words
        run --progress none --store "$work/own-store" $verb place
        expect_status 2
        expect_stderr <message
    done
    rm -r place
}

case_is "a link to nothing"
mkdir place
ln -s nowhere place/config.xml
run validate place/config.xml
expect_status 2
no_file <<'END'
error: place/config.xml is a link that leads nowhere
  hint: put a copy in its place
END

case_is "a directory named like a description"
mkdir -p place/config.xml
no_file <<'END'
error: place/config.xml is no file
  hint: a description is a config.xml or a *.kiwi file
END

case_is "a pipe named like a description"
mkdir place
mkfifo place/only.kiwi
no_file <<'END'
error: place/only.kiwi is no file
  hint: a description is a config.xml or a *.kiwi file
END

case_is "a pipe that is asked for"
run validate --schema-only <(echo '<image schemaversion="8.5" nam="x"/>')
expect_status 2
grep -q 'unknown attribute nam of <image>' stderr || fail "the pipe was not read"

case_is "several descriptions: each is judged, whatever is wrong with the others"
head='<description type="system"><author/><contact/><specification/></description><preferences/>'
echo "<image schemaversion=\"7.4\" name=\"a\">$head</image>" >a.xml
echo "<image schemaversion=\"8.5\" nam=\"b\">$head</image>" >b.xml
echo "<image schemaversion=\"8.0\" name=\"c\">$head</image>" >c.xml
run validate --schema-only a.xml b.xml c.xml
expect_status 2
expect_stdout <<'END'
a.xml: valid
c.xml: valid
END
expect_line "$work/stderr" 'b.xml:1:28: error: unknown attribute nam of <image> [E102]'
