<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!--
  8.2 to 8.3: btrfs_root_is_snapshot becomes btrfs_root_is_snapper_snapshot.
-->
<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:origin="urn:imgbuild:origin">

  <xsl:template match="node()">
    <xsl:copy-of select="."/>
  </xsl:template>

  <xsl:template match="/image">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:attribute name="schemaversion">8.3</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/image/preferences">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="type[@btrfs_root_is_snapshot]">
    <xsl:copy>
      <xsl:copy-of select="@*[name() != 'btrfs_root_is_snapshot']"/>
      <xsl:attribute name="btrfs_root_is_snapper_snapshot">
        <xsl:value-of select="@btrfs_root_is_snapshot"/>
      </xsl:attribute>
      <xsl:attribute name="origin:btrfs_root_is_snapper_snapshot">btrfs_root_is_snapshot</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

</xsl:stylesheet>
