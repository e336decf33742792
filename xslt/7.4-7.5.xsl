<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!--
  7.4 to 7.5: a container's additional tags become additional names. A name may have a tag behind a
  colon; what was a tag alone keeps its meaning with a colon in front.
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
      <xsl:attribute name="schemaversion">7.5</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/image/preferences | /image/preferences/type">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="containerconfig[@additionaltags]">
    <xsl:copy>
      <xsl:copy-of select="@*[name() != 'additionaltags']"/>
      <xsl:attribute name="additionalnames">
        <xsl:text>:</xsl:text>
        <xsl:call-template name="colon-behind-commas">
          <xsl:with-param name="tags" select="@additionaltags"/>
        </xsl:call-template>
      </xsl:attribute>
      <xsl:attribute name="origin:additionalnames">additionaltags</xsl:attribute>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <!-- By halves, so that a long list is neither deep nor kept often. -->
  <xsl:template name="colon-behind-commas">
    <xsl:param name="tags"/>
    <xsl:variable name="half" select="floor(string-length($tags) div 2)"/>
    <xsl:choose>
      <xsl:when test="$tags = ','">,:</xsl:when>
      <xsl:when test="contains($tags, ',')">
        <xsl:call-template name="colon-behind-commas">
          <xsl:with-param name="tags" select="substring($tags, 1, $half)"/>
        </xsl:call-template>
        <xsl:call-template name="colon-behind-commas">
          <xsl:with-param name="tags" select="substring($tags, $half + 1)"/>
        </xsl:call-template>
      </xsl:when>
      <xsl:otherwise>
        <xsl:value-of select="$tags"/>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

</xsl:stylesheet>
