#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""click_through.py PAGE [SCREENSHOT]: opens the page of `image size --html` in a headless Chromium, clicks through its
map and looks at what is shown."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time


class Browser:
    """Chromium, spoken to by its DevTools protocol through two pipes."""

    def __init__(self, profile):
        reading, their_writing = os.pipe()
        their_reading, writing = os.pipe()

        def connect():
            os.dup2(their_reading, 3)
            os.dup2(their_writing, 4)

        high = [os.dup(fd) for fd in (their_reading, their_writing)]
        os.close(their_reading)
        os.close(their_writing)
        while min(high) < 5:
            high = [os.dup(fd) for fd in high]
        their_reading, their_writing = high
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--window-size=1280,900", f"--user-data-dir={profile}"],
            preexec_fn=connect, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(their_reading)
        os.close(their_writing)
        self.reader, self.writer = os.fdopen(reading, "rb"), writing
        self.number, self.session, self.pending = 0, None, b""
        self.problems = []

    def read(self):
        while b"\0" not in self.pending:
            got = os.read(self.reader.fileno(), 65536)
            if not got:
                raise SystemExit("the browser has gone")
            self.pending += got
        text, self.pending = self.pending.split(b"\0", 1)
        message = json.loads(text)
        if message.get("method") in ("Runtime.exceptionThrown", "Network.requestWillBeSent"):
            self.problems.append(message["params"])
        return message

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        while self.read().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=f"JSON.stringify({expression})")
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return json.loads(result["result"]["value"])

    def click(self, selector):
        place = self.value(
            f"(r => [r.x + Math.min(r.width / 2, 8), r.y + Math.min(r.height / 2, 8)])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)
        self.value("1")

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)
        self.value("1")

    def close(self):
        self.process.terminate()
        self.process.wait()


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def where(browser):
    return "".join(browser.value("[...document.querySelectorAll('nav button')].map(b => b.textContent)"))


def check_place(browser, wanted, what):
    """The page follows its address, which takes a moment."""
    end = time.monotonic() + 20
    while where(browser) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    check(where(browser) == wanted, f"{what}: {where(browser)}, not {wanted}")


def check_small_window(browser):
    """The map is laid out anew, which takes a moment; the page never gets wider than the window, whatever a name's length."""
    browser.call("Emulation.setDeviceMetricsOverride", width=500, height=700, deviceScaleFactor=1, mobile=False)
    browser.value("(go([data.tree, data.tree.c.find(node => node.n.startsWith('long'))]), true)")
    end = time.monotonic() + 20
    while True:
        right = browser.value("Math.max(...[...document.querySelectorAll('#map > .box')]"
                              ".map(b => b.getBoundingClientRect().right))")
        wide = browser.value("document.documentElement.scrollWidth")
        check(wide <= 500, f"it fits a small window: {wide} pixels")
        if right <= 500 and "/long" in where(browser):
            return
        check(time.monotonic() < end, f"the map fits a small window: {right} pixels")
        time.sleep(0.05)


def click_through(browser, page, screenshot):
    browser.open("file://" + os.path.abspath(page))
    tree = browser.value("data.tree")
    biggest = max((node for node in tree["c"] if node.get("c")), key=lambda node: node["b"])
    check_place(browser, "/", "the page begins at the root")
    check(browser.value("document.querySelectorAll('table tr').length") == len(tree["c"]), "a row for each directory")
    if screenshot:
        shot = browser.call("Page.captureScreenshot", format="png")["data"]
        with open(screenshot, "wb") as file:
            file.write(base64.b64decode(shot))
    boxes = browser.value(
        "[...document.querySelectorAll('#map > .box:not(.inner)')].map(b => b.getBoundingClientRect())"
        ".map(r => [r.x, r.y, r.width, r.height])")
    area = sum(width * height for _, _, width, height in boxes)
    whole = browser.value("map.clientWidth * map.clientHeight")
    check(0.9 * whole < area <= whole, f"the rectangles fill the map: {area} of {whole}")
    first = browser.value("document.querySelector('#map > .box').title")
    check(first.startswith(f"/{biggest['n']}: "), f"the biggest directory comes first: {first}")

    browser.click("#map > .box.open")
    check_place(browser, f"/{biggest['n']}/", "a click leads into a directory")
    check(browser.value("document.querySelectorAll('table tr').length") == len(biggest["c"]), "and shows what is in it")
    row = browser.value("document.querySelector('tr.open').cells[0].textContent")
    browser.click("tr.open")
    check_place(browser, f"/{biggest['n']}/{row}", "so does a row")
    browser.click("nav button:nth-of-type(2)")
    check_place(browser, f"/{biggest['n']}/", "the path leads back")
    browser.press("Backspace")
    check_place(browser, "/", "so does Backspace")
    browser.value("(history.back(), true)")
    check_place(browser, f"/{biggest['n']}/", "and the browser's own way")
    browser.click("nav button")
    check_place(browser, "/", "and the first part of the path")
    inner = browser.value("document.querySelector('#map > .inner.open').title.split(':')[0]")
    browser.click("#map > .inner.open")
    check_place(browser, inner + "/", "a directory inside a directory is one click away")
    check_small_window(browser)
    # Only the page itself was loaded, and nothing went wrong in it.
    other = [one for one in browser.problems if not one.get("request", {}).get("url", "").startswith("file://")]
    check(not other and len(browser.problems) == 1, f"something else was loaded, or failed: {browser.problems}")


def main():
    with tempfile.TemporaryDirectory(prefix="imgbuild-browser-") as profile:
        browser = Browser(profile)
        try:
            click_through(browser, sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
        finally:
            browser.close()


main()
