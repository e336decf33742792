<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!--
  8.3 to 8.4: a boot loader has a console for output and one for input. Of several words in console,
  the first is the output and the rest the input.
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
      <xsl:attribute name="schemaversion">8.4</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/image/preferences | /image/preferences/type">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="bootloader[@console]">
    <xsl:copy>
      <xsl:copy-of select="@*[name() != 'console']"/>
      <xsl:attribute name="output_console">
        <xsl:value-of select="substring-before(concat(@console, ' '), ' ')"/>
      </xsl:attribute>
      <xsl:attribute name="origin:output_console">console</xsl:attribute>
      <xsl:if test="contains(@console, ' ')">
        <xsl:attribute name="input_console">
          <xsl:value-of select="substring-after(@console, ' ')"/>
        </xsl:attribute>
        <xsl:attribute name="origin:input_console">console</xsl:attribute>
      </xsl:if>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

</xsl:stylesheet>
