# SPDX-License-Identifier: Apache-2.0
"""A package mirror on loopback: what is asked for the first time comes from another mirror, then from disk."""
import http.server
import os
import shutil
import threading
import urllib.error
import urllib.request


class CachingMirror:
    """Serves `names` → base URLs as http://127.0.0.1:PORT/NAME until it is closed."""

    def __init__(self, directory, names):
        self.directory = directory
        self.names = names
        self.lock = threading.Lock()
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = mirror.file(self.path)
                if path is None:
                    self.send_error(404)
                    return
                with open(path, "rb") as file:
                    self.send_response(200)
                    self.send_header("Content-Length", str(os.path.getsize(path)))
                    self.end_headers()
                    self.wfile.flush()
                    self.connection.sendfile(file)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"

    def file(self, request):
        """The file behind a request, fetched if it must be; None if there is none."""
        name, _, rest = request.lstrip("/").partition("/")
        path = os.path.normpath(os.path.join(self.directory, name, rest))
        if name not in self.names or not path.startswith(self.directory + "/"):
            return None
        if not os.path.exists(path):
            try:
                with urllib.request.urlopen(f"{self.names[name]}/{rest}") as answer:
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    part = f"{path}.{threading.get_ident()}.part"
                    with open(part, "wb") as file:
                        shutil.copyfileobj(answer, file, 1 << 20)
                os.rename(part, path)
            except urllib.error.HTTPError:
                return None
        return path

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
