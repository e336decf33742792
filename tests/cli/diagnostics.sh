#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything wrong with a description at once, in each form, and what explains it.
. "$(dirname "$0")/common.sh"

cat >config.xml <<'END'
<image schemaversion="8.5" name="node">
  <description type="system">
    <author>Ä</author>
    <contact>a@example.org</contact>
  </description>
  <preferences>
    <version>1</version>
    <packagemanger>apt</packagemanger>
    <type imag="warewulf"/>
  </preferences>
  <users><user name="ä, ö" pasword="x"/></users>
  <packages type="imgae">
    <package name="vim"/>
    <user name="root" password="x"/>
  </packages>
</image>
END

case_is "for people: all at once, in the order of the file"
run validate config.xml
expect_status 2
expect_stdout </dev/null
expect_stderr <<'END'
config.xml:2:3: error: <description> lacks <specification> [E103]
  2 |   <description type="system">
    |   ^~~~~~~~~~~~
  hint: add <specification> inside it
config.xml:8:5: error: unknown element <packagemanger> inside <preferences> [E101]
  8 |     <packagemanger>apt</packagemanger>
    |     ^~~~~~~~~~~~~~
  hint: did you mean <packagemanager>? here may stand <bootsplash-theme>, <bootloader-theme>, <keytable>, <locale>, <packagemanager>, <release-version> and 6 more
config.xml:9:11: error: unknown attribute imag of <type> [E102]
  9 |     <type imag="warewulf"/>
    |           ^~~~
  hint: did you mean image? here may stand image, primary, kernelcmdline, initrd_system, firmware, selinux_policy and 90 more
config.xml:11:28: error: unknown attribute pasword of <user> [E102]
  11 |   <users><user name="ä, ö" pasword="*"/></users>
     |                            ^~~~~~~
  hint: did you mean password? here may stand groups, home, id, password, pwdformat, realname or shell
config.xml:12:19: error: "imgae" is no value for the attribute type of <packages> [E105]
  12 |   <packages type="imgae">
     |                   ^~~~~
  hint: did you mean image? it may be bootstrap, delete, docker, image, iso, oem and 6 more
config.xml:14:5: error: <user> can't stand inside <packages> [E106]
  14 |     <user name="root" password="*"/>
     |     ^~~~~
  hint: it belongs inside <users>; here may stand <archive>, <file>, <ignore>, <namedCollection>, <collectionModule>, <product>, <package> and <container>
END

case_is "as JSON: an object a line"
run validate --format json config.xml
expect_status 2
expect_stderr </dev/null
[ "$(wc -l <"$work/stdout")" = 6 ] || fail "there are not 6 findings"
head -n 1 "$work/stdout" >first
expect_line first '{"file":"config.xml","line":2,"column":3,"end":14,"severity":"error","code":"E103","message":"<description> lacks <specification>","hint":"add <specification> inside it"}'

case_is "for GitHub"
run validate --format github config.xml
expect_status 2
expect_line "$work/stdout" '::error file=config.xml,line=2,col=3,endColumn=14,title=E103::<description> lacks <specification>%0Ahint: add <specification> inside it'

case_is "for editors"
run validate --format gcc config.xml
expect_status 2
expect_line "$work/stdout" 'config.xml:2:3: error: <description> lacks <specification> [E103]'
expect_line "$work/stdout" 'config.xml:2:3: note: hint: add <specification> inside it'

case_is "nothing to say"
node good
for format in json github gcc; do
    run validate --format "$format" good
    expect_status 0
    expect_stdout </dev/null
    expect_stderr </dev/null
done
run validate good
expect_stdout <<'END'
good/config.xml: valid
END

case_is "a description that is not there does not hide the others"
cp good/config.xml also-good.xml
mkdir nothing
run validate none.xml config.xml nothing good also-good.xml --schema-only
expect_status 2
expect_stdout <<'END'
good/config.xml: valid
also-good.xml: valid
END
expect_line "$work/stderr" 'error: there is no description none.xml'
expect_line "$work/stderr" 'error: directory nothing holds no description'
expect_line "$work/stderr" 'config.xml:2:3: error: <description> lacks <specification> [E103]'
for format in json github gcc; do
    run validate --format "$format" none.xml config.xml
    expect_status 2
    expect_line "$work/stderr" 'error: there is no description none.xml'
    grep -q E103 "$work/stdout" || fail "config.xml was not looked at"
done

case_is "the exit code is that of the worst"
# What can be opened, but not read, is an error of the machine.
run validate config.xml /proc/self/mem good none.xml
expect_status 74
expect_line "$work/stderr" 'error: reading /proc/self/mem: Input/output error'
expect_line "$work/stdout" 'good/config.xml: valid'
expect_line "$work/stderr" 'error: there is no description none.xml'

case_is "a description without a version"
sed 's/ schemaversion="8.5"//' good/config.xml >no-version.xml
run validate no-version.xml
expect_status 2
expect_line "$work/stderr" '  hint: add schemaversion="8.5", or the version that it was written for (7.4, 7.5, 7.6, 8.0, 8.1, 8.2, 8.3, 8.4)'

case_is "not well-formed, in the form that is asked for"
echo '<image>' >broken.xml
run validate --format gcc broken.xml
expect_status 2
expect_line "$work/stdout" 'broken.xml:1:8: error: the file ends, but <image> is open since line 1 [E112]'

case_is "a code"
run explain-code E114
expect_status 0
expect_stdout <<'END'
E114 duplicate-attribute

An element has the same attribute twice. Remove one of them.
END
run explain-code duplicate-attribute e105
expect_status 0
expect_line "$work/stdout" 'E105 bad-value'
expect_line "$work/stdout" '    <type image="warewulf"/>  <!-- right -->'

case_is "all codes"
run explain-code
expect_status 0
expect_line "$work/stdout" 'E301  unknown-package'

case_is "a code that there is not"
run explain-code E100 unknown-elment
expect_status 2
expect_stderr <<'END'
error: no message has the code unknown-elment
  hint: did you mean unknown-element?
END

case_is "the schema"
run schema
expect_status 0
cmp "$work/stdout" "$IMGBUILD_SOURCES/schema/imgbuild.rng" || fail "this is another schema"
run schema --rnc
cmp "$work/stdout" "$IMGBUILD_SOURCES/schema/imgbuild.rnc" || fail "this is another schema"
run schema --rnc --rng
expect_status 2

case_is "an element"
run schema --doc requires
expect_status 0
expect_stdout <<'END'
<requires>
  Another profile that is selected together with this one. [built]
  inside <profile>

  profile: required, any text
      Name of that profile. [built]
  arch: names of architectures, separated by commas
      Architectures, separated by commas, that this is for; without the
      attribute it is for all. amd64 and x86_64 mean the same, as do arm64 and
      aarch64. Example: x86_64,aarch64 [built]
END
run schema --doc user-name
expect_status 2
expect_stderr <<'END'
error: the language has no element <user-name>
  hint: "imgbuild schema --reference" has them all
END
