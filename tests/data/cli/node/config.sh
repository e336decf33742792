#!/bin/bash
set -e
. /.kconfig
Echo "configuring $kiwi_iname"
