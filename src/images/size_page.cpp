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
:root { color-scheme: light dark; --page: #f3f5f8; --card: #fff; --text: #17202e; --dim: #566477; --line: #d9dfe7;
  --link: #0b57a4; --ring: #d97706; --tint: 86%; --strong: 45%; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --text: #e6ebf2; --dim: #9aa8ba;
  --line: #2c3643; --link: #79b8ff; --ring: #fbbf24; --tint: 26%; --strong: 40%; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 14px/1.45 system-ui, sans-serif;
  color: var(--text); background: var(--page); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 20px; padding: 12px 20px;
  background: var(--card); border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 16px; }
nav { font-size: 15px; min-width: 0; }
nav button { border: 0; background: none; color: var(--link); font: inherit; cursor: pointer; padding: 2px;
  max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; }
nav button:hover { text-decoration: underline; }
nav button:last-of-type { color: inherit; font-weight: 600; }
:focus-visible { outline: 3px solid var(--ring); outline-offset: -3px; border-radius: 3px; }
#here { color: var(--dim); }
main { flex: 1; min-height: 0; display: flex; gap: 16px; padding: 16px 20px; }
#map { position: relative; flex: 1; min-width: 0; overflow: hidden; }
#map .box { position: absolute; overflow: hidden; border-radius: 4px; padding: 2px 6px; white-space: nowrap;
  text-overflow: ellipsis; font-size: 12px; line-height: 16px; border: 1px solid hsl(var(--hue) 30% var(--strong) / 0.35);
  background: hsl(var(--hue) 55% var(--tint)); }
#map .box.leaf { background: hsl(var(--hue) 12% var(--tint)); }
#map .inner { border-radius: 2px; background: hsl(var(--hue) 60% calc(var(--tint) - 7%)); }
#map .inner.leaf { background: hsl(var(--hue) 14% calc(var(--tint) - 5%)); }
#map .open { cursor: pointer; }
#map .open:hover { border-color: var(--text); }
.size { color: var(--dim); margin-left: 6px; }
aside { width: 300px; overflow-y: auto; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
td { padding: 4px 10px; border-top: 1px solid var(--line); }
tr:first-child td { border-top: 0; }
td:first-child { max-width: 150px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; color: var(--dim); }
tr.open { cursor: pointer; }
tr.open:hover { background: var(--page); }
tr.open td:first-child { color: var(--link); }
footer { padding: 0 20px 12px; color: var(--dim); font-size: 13px; }
@media (max-width: 800px) { aside { display: none; } main { padding: 8px; } }
</style>
)HTML";

constexpr std::string_view body = R"HTML(</head>
<body>
<header><h1></h1><nav aria-label="Directory"></nav><span id="here"></span></header>
<main><div id="map"></div><aside aria-label="What is in it"><table></table></aside></main>
<footer>Click a directory to look into it; the path above, or Backspace, leads back.</footer>
)HTML";

/// Rectangles are laid out row by row, each row along the shorter side, for as long as that makes its
/// rectangles squarer. A directory shows what is in it, if there is room.
constexpr std::string_view script = R"HTML(<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
document.querySelector("h1").textContent = data.title;
document.title = data.title;
const map = document.getElementById("map");
const hues = [212, 158, 36, 276, 190, 338, 96, 16];
const strip = 19;
let path = [data.tree];

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; ++unit; }
  return (unit === 0 ? bytes : bytes.toPrecision(3)) + " " + units[unit];
}

function children(node) { return (node.c || []).filter(child => child.b > 0); }

function worst(row, sum, side) {
  const scale = side * side / (sum * sum);
  const areas = row.map(item => item.area);
  return Math.max(Math.max(...areas) * scale, 1 / (Math.min(...areas) * scale));
}

function layout(nodes, x, y, width, height) {
  const total = nodes.reduce((sum, node) => sum + node.b, 0);
  const placed = [];
  let rest = nodes.map((node, index) => ({ node, index, area: node.b / total * width * height }));
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

function go(nodes) {
  const hash = "#/" + nodes.slice(1).map(node => encodeURIComponent(node.n)).join("/");
  if (location.hash === hash) show(); else location.hash = hash;
}

/// The address says which directory is shown, so that the browser's own way back works.
function show() {
  path = [data.tree];
  for (const name of location.hash.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const next = children(path[path.length - 1]).find(node => node.n === decodeURIComponent(name));
    if (!next || !next.c) break;
    path.push(next);
  }
  draw();
}

function makeOpen(element, nodes) {
  element.classList.add("open");
  element.onclick = event => { event.stopPropagation(); go(nodes); };
}

function addBox(place, nodes, whole, hue, isInner) {
  const node = place.item.node;
  const box = document.createElement("div");
  box.className = "box" + (isInner ? " inner" : "") + (node.c ? "" : " leaf");
  box.style.cssText = `left:${place.x + 1}px;top:${place.y + 1}px;width:${Math.max(place.width - 2, 1)}px;` +
    `height:${Math.max(place.height - 2, 1)}px;--hue:${hue}`;
  if (place.width < 24 || place.height < 18) box.style.padding = 0;
  box.title = `/${nodes.slice(1).map(one => one.n).join("/")}: ${size(node.b)}, ${(100 * node.b / whole).toFixed(1)} %`;
  if (place.width >= 24 && place.height >= 18) {
    box.append(node.n + (node.c ? "/" : ""));
    const label = document.createElement("span");
    label.className = "size";
    label.textContent = size(node.b);
    box.append(label);
  }
  if (node.c) {
    makeOpen(box, nodes);
    if (!isInner) {
      box.tabIndex = 0;
      box.setAttribute("role", "button");
      box.onkeydown = event => { if (event.key === "Enter" || event.key === " ") go(nodes); };
    }
  }
  map.append(box);
}

function drawMap(here) {
  map.replaceChildren();
  for (const place of layout(children(here), 0, 0, map.clientWidth, map.clientHeight)) {
    const node = place.item.node;
    const hue = hues[place.item.index % hues.length];
    addBox(place, path.concat(node), here.b, hue, false);
    if (!node.c || place.width < 60 || place.height < 50) continue;
    const inside = layout(children(node), place.x + 4, place.y + strip + 1, place.width - 8, place.height - strip - 5);
    for (const one of inside) {
      if (one.width >= 3 && one.height >= 3) addBox(one, path.concat(node, one.item.node), here.b, hue, true);
    }
  }
}

function drawTable(here) {
  const rows = children(here).map(node => {
    const row = document.createElement("tr");
    for (const text of [node.n + (node.c ? "/" : ""), size(node.b), (100 * node.b / here.b).toFixed(1) + " %"]) {
      row.insertCell().textContent = text;
    }
    row.cells[0].title = node.n;
    row.cells[1].className = row.cells[2].className = "n";
    if (node.c) makeOpen(row, path.concat(node));
    return row;
  });
  document.querySelector("table").replaceChildren(...rows);
}

function draw() {
  const here = path[path.length - 1];
  document.querySelector("nav").replaceChildren(...path.map((node, index) => {
    const button = document.createElement("button");
    button.textContent = index === 0 ? "/" : node.n + "/";
    button.onclick = () => go(path.slice(0, index + 1));
    return button;
  }));
  document.getElementById("here").textContent =
    `${size(here.b)}, ${(100 * here.b / data.tree.b).toFixed(1)} % of the image`;
  drawMap(here);
  drawTable(here);
}

window.addEventListener("resize", draw);
window.addEventListener("hashchange", show);
window.addEventListener("keydown", event => {
  if (event.key === "Backspace" && path.length > 1) go(path.slice(0, -1));
});
show();
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
