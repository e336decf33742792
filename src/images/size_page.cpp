// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "images/sizes.hpp"
#include "json/json.hpp"

#include <algorithm>

namespace imgbuild::images {

namespace {

constexpr std::string_view head = R"HTML(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0; font: 14px/1.4 system-ui, sans-serif; color: #1a2433; background: #f4f6f9; }
header { padding: 12px 16px; }
h1 { margin: 0 0 4px; font-size: 18px; }
nav button { border: 0; background: none; color: #0b57a4; font: inherit; cursor: pointer; padding: 0 2px; }
nav button:focus-visible, #map div:focus-visible { outline: 3px solid #d97706; outline-offset: -3px; }
#map { position: relative; margin: 0 16px; height: calc(100vh - 110px); min-height: 300px; }
#map div { position: absolute; box-sizing: border-box; overflow: hidden; border: 1px solid #fff;
  padding: 3px 5px; white-space: nowrap; text-overflow: ellipsis; font-size: 12px; }
#map div.open { cursor: pointer; }
#map div.open:hover { filter: brightness(0.94); }
#map small { display: block; opacity: 0.75; }
p { margin: 4px 16px; color: #4a5a70; }
</style>
)HTML";

constexpr std::string_view body = R"HTML(</head>
<body>
<header><h1></h1><nav aria-label="Directory"></nav></header>
<main id="map"></main>
<p id="note">Click a directory to look into it; the path above leads back.</p>
)HTML";

/// Rectangles are laid out row by row, each row along the shorter side, for as long as that makes its
/// rectangles squarer.
constexpr std::string_view script = R"HTML(<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
document.querySelector("h1").textContent = data.title;
document.title = data.title;
const map = document.getElementById("map");
let path = [data.tree];

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; ++unit; }
  return (unit === 0 ? bytes : bytes.toPrecision(3)) + " " + units[unit];
}

function worst(row, sum, side) {
  const scale = side * side / (sum * sum);
  const areas = row.map(item => item.area);
  return Math.max(Math.max(...areas) * scale, 1 / (Math.min(...areas) * scale));
}

function layout(items, x, y, width, height) {
  const placed = [];
  let rest = items;
  while (rest.length > 0) {
    const side = Math.min(width, height);
    let row = [], sum = 0;
    while (row.length < rest.length) {
      const next = rest[row.length];
      const grown = row.concat(next);
      if (row.length > 0 && worst(grown, sum + next.area, side) > worst(row, sum, side)) break;
      row = grown;
      sum += next.area;
    }
    const depth = side > 0 ? sum / side : 0;
    let along = 0;
    for (const item of row) {
      const length = depth > 0 ? item.area / depth : 0;
      placed.push(width >= height
        ? { item, x, y: y + along, width: depth, height: length }
        : { item, x: x + along, y, width: length, height: depth });
      along += length;
    }
    if (width >= height) { x += depth; width -= depth; } else { y += depth; height -= depth; }
    rest = rest.slice(row.length);
  }
  return placed;
}

function color(index, isOpen) {
  const hues = [212, 160, 35, 275, 190, 340, 95, 15];
  return `hsl(${hues[index % hues.length]} ${isOpen ? 55 : 18}% ${isOpen ? 80 : 88}%)`;
}

function open(node) { path.push(node); draw(); }

function draw() {
  const here = path[path.length - 1];
  const nav = document.querySelector("nav");
  nav.replaceChildren();
  path.forEach((node, index) => {
    const button = document.createElement("button");
    button.textContent = index === 0 ? "/" : node.n + "/";
    button.onclick = () => { path = path.slice(0, index + 1); draw(); };
    nav.append(button);
  });
  nav.append(" " + size(here.b));
  map.replaceChildren();
  const children = (here.c || []).filter(node => node.b > 0);
  const total = children.reduce((sum, node) => sum + node.b, 0);
  const width = map.clientWidth, height = map.clientHeight;
  const items = children.map((node, index) =>
    ({ node, index, area: node.b / total * width * height }));
  for (const place of layout(items, 0, 0, width, height)) {
    const node = place.item.node;
    const box = document.createElement("div");
    const isOpen = Boolean(node.c && node.c.length);
    box.style.left = place.x + "px";
    box.style.top = place.y + "px";
    box.style.width = place.width + "px";
    box.style.height = place.height + "px";
    box.style.background = color(place.item.index, isOpen);
    box.title = `${node.n}: ${size(node.b)}, ${(100 * node.b / here.b).toFixed(1)} %`;
    box.textContent = node.n + (isOpen ? "/" : "");
    const small = document.createElement("small");
    small.textContent = size(node.b);
    box.append(small);
    if (isOpen) {
      box.className = "open";
      box.tabIndex = 0;
      box.setAttribute("role", "button");
      box.onclick = () => open(node);
      box.onkeydown = event => { if (event.key === "Enter" || event.key === " ") open(node); };
    }
    map.append(box);
  }
}

window.addEventListener("resize", draw);
draw();
</script>
</body>
</html>
)HTML";

/// What is too small to be seen is one item.
json::Value to_json(const SizeNode& node, std::uint64_t whole) {
    constexpr std::uint64_t smallest_part = 5000;
    json::Value value = {{"n", base::printable(node.name)}, {"b", node.bytes}};
    std::uint64_t small = 0;
    std::uint64_t small_count = 0;
    json::Value children = json::Value::array();
    for (const SizeNode& child : node.children) {
        if (child.bytes * smallest_part < whole) {
            small += child.bytes;
            ++small_count;
        } else {
            children.push_back(to_json(child, whole));
        }
    }
    if (small != 0) {
        children.push_back({{"n", std::to_string(small_count) + " small ones"}, {"b", small}});
    }
    if (!children.empty()) {
        value["c"] = std::move(children);
    }
    return value;
}

/// Nothing in a name can end the script element that holds the data.
std::string for_script(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe += c;
        }
    }
    return safe;
}

} // namespace

std::string size_page(const std::string& title, const SizeNode& tree) {
    const json::Value data = {
        {"title", base::printable(title)},
        {"tree", to_json(tree, std::max<std::uint64_t>(tree.bytes, 1))}};
    return std::string(head) + "<title>Sizes</title>\n" + std::string(body) +
           "<script id=\"data\" type=\"application/json\">" + for_script(json::dump_line(data)) +
           "</script>\n" + std::string(script);
}

} // namespace imgbuild::images
