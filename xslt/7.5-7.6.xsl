<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!--
  7.5 to 7.6: the package manager dnf is called dnf4, since there is a dnf5.
-->
<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

  <xsl:template match="node()">
    <xsl:copy-of select="."/>
  </xsl:template>

  <xsl:template match="/image">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:attribute name="schemaversion">7.6</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/image/preferences">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="packagemanager[text() = 'dnf']">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:text>dnf4</xsl:text>
    </xsl:copy>
  </xsl:template>

</xsl:stylesheet>
