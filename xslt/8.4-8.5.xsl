<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!--
  8.4 to 8.5: the kernel's vga mode is no attribute of a type any more.
-->
<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

  <xsl:template match="node()">
    <xsl:copy-of select="."/>
  </xsl:template>

  <xsl:template match="/image">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:attribute name="schemaversion">8.5</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/image/preferences">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="type[@vga]">
    <xsl:copy>
      <xsl:copy-of select="@*[name() != 'vga']"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

</xsl:stylesheet>
