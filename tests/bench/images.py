#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the verbs of `imgbuild image` with what they replace, taking turns.

    tests/bench/images.py build/src/imgbuild [--root DIR] [--rounds N] [--only NAME,…]

Without --root a Debian root of about 850 MB is made with mmdebstrap from the machine's own package sources. All lies on
a tmpfs and is removed at the end: ext4 passes over every inode that was deleted in the last minutes when it looks for a
new one, which whoever comes second pays. Run it as root on a machine that does nothing else. Needs skopeo, umoci, cpio
and pigz. The first round is not counted.

What it has to show (median): import of the image that pull.py pulls, and of the root as an image of one layer, at least
2 times as fast as skopeo + umoci; build at least 3 times as fast as
find | cpio | pigz (what the packer alone reaches); build after a change of one file below 1 s; syncuser of 20,000
files below 0.5 s; list of 100 images below 0.1 s. The exit status is 1 if it does not.
"""
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from layered_image import write_layers, write_layout


def make_root(directory):
    environment = dict(os.environ, INITRD="No", TMPDIR=os.path.dirname(directory))
    packages = "linux-image-amd64,python3,gcc,openssh-server,systemd-sysv"
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", "bookworm", directory],
        check=True, env=environment)


def processor_time():
    """Of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def quiet(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


class Bench:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.imgbuild = os.path.abspath(options.imgbuild)
        self.results = {}
        self.failed = False

    def path(self, name):
        return os.path.join(self.scratch, name)

    def image(self, *arguments, images="images"):
        quiet(self.imgbuild, "--progress", "none", "--store", self.path("store"), "image", "--images", self.path(images),
              *arguments)

    def measure(self, name, run, prepare=lambda: None):
        """Seconds of one run, and of processors in it; `prepare` is not counted."""
        prepare()
        start, busy = time.monotonic(), processor_time()
        run()
        self.results.setdefault(name, []).append((time.monotonic() - start, processor_time() - busy))
        print(".", end="", file=sys.stderr, flush=True)

    def rounds(self, runs):
        for turn in range(self.options.rounds + 1):
            for name, run, prepare in runs:
                self.measure(name, run, prepare)
            if turn == 0 and self.options.rounds > 0:
                for name, _, _ in runs:
                    self.results[name] = []
        print(file=sys.stderr)

    def median(self, name):
        return statistics.median(wall for wall, _ in self.results[name])

    def figures(self, name, digits):
        busy = statistics.median(busy for _, busy in self.results[name])
        return f"{name}: {self.median(name):.{digits}f} s ({busy:.{digits}f} s of processors)"

    def times_as_fast(self, ours, theirs, wanted):
        times = self.median(theirs) / self.median(ours)
        self.say(f"{self.figures(ours, 2)}, {self.figures(theirs, 2)}, {times:.1f} times as fast",
                 times >= wanted, f"at least {wanted} times")

    def below(self, name, limit):
        self.say(self.figures(name, 3), self.median(name) < limit, f"below {limit} s")

    def say(self, text, is_good, wanted):
        print(f"{'ok  ' if is_good else 'MISS'} {text} (wanted: {wanted})")
        self.failed = self.failed or not is_good

    def import_images(self, root):
        layout, archive = self.path("oci"), self.path("image.oci.tar")
        layers = self.path("layers")
        os.mkdir(layers)
        write_layout(layout, write_layers(layers, 740_000_000), "gzip")
        shutil.rmtree(layers)
        self.import_image("import of five layers", layout, archive)
        quiet("umoci", "init", "--layout", layout)
        quiet("umoci", "new", "--image", layout + ":1")
        quiet("umoci", "insert", "--image", layout + ":1", root, "/")
        self.import_image("import of one layer", layout, archive)

    def import_image(self, name, layout, archive):
        quiet("skopeo", "--insecure-policy", "copy", f"oci:{layout}:1", f"oci-archive:{archive}:1")
        shutil.rmtree(layout)

        def clean():
            for directory in ("copied", "bundle", "images", "store"):
                shutil.rmtree(self.path(directory), ignore_errors=True)

        def theirs():
            quiet("skopeo", "--insecure-policy", "copy", f"oci-archive:{archive}:1", f"oci:{self.path('copied')}:1")
            quiet("umoci", "raw", "unpack", "--image", self.path("copied") + ":1", self.path("bundle"))

        self.rounds([(name, lambda: self.image("import", "oci-archive:" + archive, "node"), clean),
                     (f"{name} by skopeo + umoci", theirs, clean)])
        self.times_as_fast(name, f"{name} by skopeo + umoci", 2)
        clean()
        os.unlink(archive)

    def build_image(self, root):
        self.image("import", root, "node")
        own = self.path("images/chroots/node/rootfs")
        if not os.path.isdir(own):
            own = subprocess.run(["find", self.path("images"), "-name", "rootfs"], capture_output=True, text=True,
                                 check=True).stdout.split()[0]

        def forget():
            shutil.rmtree(self.path("store"), ignore_errors=True)

        pipe = f"find . -xdev -print0 | cpio --null -o -H newc --quiet | pigz -c > '{self.path('pigz.img.gz')}'"
        self.rounds([("build", lambda: self.image("build", "--force", "node"), forget),
                     ("find | cpio | pigz", lambda: quiet("sh", "-c", pipe, cwd=own), lambda: None)])
        self.times_as_fast("build", "find | cpio | pigz", 3)
        number = iter(range(1000))

        def change():
            # The digest of a file that changed in the last second is not remembered.
            with open(f"{own}/etc/changed", "w", encoding="utf-8") as file:
                file.write(str(next(number)))
            time.sleep(1.1)

        self.rounds([("build after a change of one file", lambda: self.image("build", "node"), change)])
        self.below("build after a change of one file", 1)
        self.rounds([("build without a change", lambda: self.image("build", "node"), lambda: None)])
        self.below("build without a change", 1)

    def sync_users(self, _):
        root = self.path("users")
        for directory in ("bin", "etc", "files"):
            os.makedirs(f"{root}/{directory}")
        shutil.copy("/bin/busybox", f"{root}/bin/sh")
        for name, text in (("passwd", "root:x:0:0::/:/bin/sh\nmany:x:5000:5000::/:/bin/sh\n"),
                           ("group", "root:x:0:\nmany:x:5000:\n")):
            with open(f"{root}/etc/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        for directory in range(200):
            os.mkdir(f"{root}/files/{directory}")
            for file in range(100):
                with open(f"{root}/files/{directory}/{file}", "w", encoding="utf-8") as new:
                    new.write("x")
                os.chown(f"{root}/files/{directory}/{file}", 5000, 5000)
        self.image("import", root, "users", images="users-images")
        for site, number in (("a", 6000), ("b", 5000)):
            os.mkdir(self.path(site))
            files = {"passwd": f"root:x:0:0::/:/bin/sh\nmany:x:{number}:{number}::/:/bin/sh\n",
                     "group": f"root:x:0:\nmany:x:{number}:\n"}
            for name, text in files.items():
                with open(self.path(f"{site}/{name}"), "w", encoding="utf-8") as file:
                    file.write(text)
        turn = iter("ab" * 100)
        self.rounds([("syncuser of 20,000 files",
                      lambda: self.image("syncuser", "--write", "--from", self.path(next(turn) + "/passwd"), "users",
                                         images="users-images"), lambda: None)])
        self.below("syncuser of 20,000 files", 0.5)

    def list_images(self, _):
        root = self.path("small")
        os.makedirs(f"{root}/bin")
        os.makedirs(f"{root}/boot")
        shutil.copy("/bin/busybox", f"{root}/bin/sh")
        self.image("import", root, "image-0", images="many")
        for number in range(1, 100):
            self.image("copy", "image-0", f"image-{number}", images="many")
        self.rounds([("list of 100 images", lambda: self.image("list", images="many"), lambda: None),
                     ("list --long of 100 images", lambda: self.image("list", "--long", images="many"), lambda: None)])
        self.below("list of 100 images", 0.1)
        self.below("list --long of 100 images", 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("imgbuild")
    parser.add_argument("--root", help="a directory to import and build; made if not given")
    parser.add_argument("--rounds", type=int, default=3, help="0: a single one, which counts")
    parser.add_argument("--only", default="import,build,syncuser,list")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="imgbuild-bench-", dir="/dev/shm")
    bench = Bench(options, scratch)
    parts = {"import": bench.import_images, "build": bench.build_image, "syncuser": bench.sync_users,
             "list": bench.list_images}
    try:
        wanted = options.only.split(",")
        root = options.root
        if root is None and {"import", "build"} & set(wanted):
            root = bench.path("root")
            make_root(root)
        for name in wanted:
            parts[name](root)
    finally:
        shutil.rmtree(scratch)
    sys.exit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
