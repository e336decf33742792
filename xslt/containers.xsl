<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!--
  kiwi's <containers> become <packages type="image"> with the containers in it, the form that imgbuild
  builds from. A container that is for no architecture of its section is left out.
-->
<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:element="urn:imgbuild:element"
    xmlns:origin="urn:imgbuild:origin"
    exclude-result-prefixes="element origin">

  <!-- What is only saved, by the file's name. -->
  <xsl:key name="saved"
      match="/image/containers/container[normalize-space(@fetch_only) = 'true' or normalize-space(@fetch_only) = '1']"
      use="concat(normalize-space(@name), '_', normalize-space(@tag),
          substring('latest', 1, 6 * number(normalize-space(@tag) = '')))"/>

  <xsl:template match="node()">
    <xsl:copy-of select="."/>
  </xsl:template>

  <xsl:template match="/image">
    <xsl:copy>
      <xsl:copy-of select="@*"/>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/image/containers">
    <packages type="image">
      <xsl:copy-of select="@element:number | @profiles"/>
      <xsl:apply-templates/>
    </packages>
  </xsl:template>

  <xsl:template match="/image/containers/container">
    <xsl:variable name="architectures">
      <xsl:choose>
        <xsl:when test="../@arch and @arch">
          <xsl:call-template name="common-words"/>
        </xsl:when>
        <xsl:otherwise>
          <xsl:value-of select="concat(../@arch, @arch)"/>
        </xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:if test="$architectures != '' or not(../@arch or @arch)">
      <xsl:call-template name="container">
        <xsl:with-param name="architectures" select="$architectures"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <xsl:template name="container">
    <xsl:param name="architectures"/>
    <xsl:variable name="path" select="normalize-space(@path)"/>
    <xsl:variable name="given-tag" select="normalize-space(@tag)"/>
    <xsl:variable name="name" select="normalize-space(@name)"/>
    <xsl:variable name="tag">
      <xsl:value-of select="$given-tag"/>
      <xsl:if test="$given-tag = ''">latest</xsl:if>
    </xsl:variable>
    <xsl:variable name="place">
      <xsl:value-of select="concat(normalize-space(../@source), '/')"/>
      <xsl:if test="$path != ''">
        <xsl:value-of select="concat($path, '/')"/>
      </xsl:if>
    </xsl:variable>
    <xsl:variable name="section" select="../@element:number"/>
    <container name="docker://{$place}{$name}:{$tag}" origin:name="name">
      <xsl:copy-of select="@element:number"/>
      <xsl:choose>
        <xsl:when test="normalize-space(@fetch_only) = 'true' or normalize-space(@fetch_only) = '1'">
          <xsl:variable name="file" select="concat($name, '_', $tag)"/>
          <xsl:attribute name="save_as">
            <xsl:text>/var/tmp/kiwi_containers/</xsl:text>
            <!-- Another one of that name from elsewhere would have the same file in some selection. -->
            <xsl:if test="$path != '' and key('saved', $file)[
                normalize-space(@path) != $path
                and not(../@profiles != current()/../@profiles)
                and not(../@arch != current()/../@arch)
                and not(@arch != current()/@arch)]">
              <xsl:value-of select="concat(translate($path, '/', '_'), '_')"/>
            </xsl:if>
            <xsl:value-of select="$file"/>
          </xsl:attribute>
          <xsl:attribute name="origin:save_as">fetch_only</xsl:attribute>
        </xsl:when>
        <xsl:otherwise>
          <xsl:attribute name="preload">true</xsl:attribute>
          <xsl:copy-of select="../@backend"/>
          <xsl:attribute name="origin:backend">
            <xsl:value-of select="concat($section, '/backend')"/>
          </xsl:attribute>
        </xsl:otherwise>
      </xsl:choose>
      <xsl:if test="$architectures != ''">
        <xsl:attribute name="arch">
          <xsl:value-of select="$architectures"/>
        </xsl:attribute>
        <xsl:if test="not(@arch)">
          <xsl:attribute name="origin:arch">
            <xsl:value-of select="concat($section, '/arch')"/>
          </xsl:attribute>
        </xsl:if>
      </xsl:if>
      <xsl:apply-templates/>
    </container>
  </xsl:template>

  <!-- The architectures that both lists have. It goes through all there are, not through what the
       user wrote, which may be long. -->
  <xsl:template name="common-words">
    <xsl:param name="known" select="concat(
        'x86_64,amd64,i586,i686,ix86,aarch64,arm64,armv5el,armv5tel,armv6hl,armv6l,armv7hl,armv7l,',
        'ppc,ppc64,ppc64le,s390,s390x,riscv64,')"/>
    <xsl:param name="comma"/>
    <xsl:variable name="word" select="concat(',', substring-before($known, ','), ',')"/>
    <xsl:variable name="same">
      <xsl:call-template name="other-name">
        <xsl:with-param name="architecture" select="substring-before($known, ',')"/>
      </xsl:call-template>
    </xsl:variable>
    <xsl:variable name="section" select="concat(',', ../@arch, ',')"/>
    <xsl:variable name="is-common" select="contains(concat(',', @arch, ','), $word) and
        (contains($section, $word) or contains($section, concat(',', $same, ',')))"/>
    <xsl:if test="$is-common">
      <xsl:value-of select="concat($comma, substring-before($known, ','))"/>
    </xsl:if>
    <xsl:if test="substring-after($known, ',') != ''">
      <xsl:call-template name="common-words">
        <xsl:with-param name="known" select="substring-after($known, ',')"/>
        <xsl:with-param name="comma" select="substring(',', 1, number($is-common or $comma != ''))"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <!-- Two architectures have two names each. -->
  <xsl:template name="other-name">
    <xsl:param name="architecture"/>
    <xsl:choose>
      <xsl:when test="$architecture = 'amd64'">x86_64</xsl:when>
      <xsl:when test="$architecture = 'x86_64'">amd64</xsl:when>
      <xsl:when test="$architecture = 'arm64'">aarch64</xsl:when>
      <xsl:when test="$architecture = 'aarch64'">arm64</xsl:when>
      <xsl:otherwise>
        <xsl:value-of select="$architecture"/>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

</xsl:stylesheet>
