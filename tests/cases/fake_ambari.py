"""An Ambari over HTTPS that serves Hadoop's configuration files as Ambari 2.7 does.

    ambari = FakeAmbari(certificate, key)
    ambari.clusters["prod"] = {"hbase-site": {...}, "core-site": {...}}
    with ambari: ... ambari.url, ambari.asked
"""
import base64
import http.server
import json
import ssl
import threading
import urllib.parse
import xml.etree.ElementTree


def site(path):
    """{name: value} of a file of Hadoop's; empty where there is none."""
    if not path.exists():
        return {}
    properties = xml.etree.ElementTree.parse(path).getroot().findall("property")
    return {one.findtext("name"): one.findtext("value") for one in properties}


def sites(folder):
    """What Ambari has of a cluster with that folder of configuration."""
    return {name: site(folder / f"{name}.xml") for name in ("core-site", "hdfs-site", "hbase-site")}


class FakeAmbari:
    def __init__(self, certificate, key, user="reader", password="s3cret:pass word"):
        self.clusters, self.asked, self.instead = {}, [], None
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.handle_error = lambda *_: None  # clients that do not like the certificate
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path, headers):
        """(status, headers, document) of a GET."""
        if self.instead:
            return self.instead
        if "X-Requested-By" not in headers:
            return 400, {}, {"status": 400, "message": "CSRF protection is turned on. X-Requested-By HTTP header is "
                                                       "required."}
        if headers.get("Authorization") != self.authorization:
            return 401, {}, {"status": 401, "message": f"no: {headers.get('Authorization')}"}
        url = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(url.query))
        match url.path.removeprefix("/api/v1/").split("/"):
            case ["clusters"]:
                return 200, {}, {"items": [{"Clusters": {"cluster_name": name, "version": "HDP-3.1"}}
                                           for name in self.clusters]}
            case ["clusters", name, *_] if name not in self.clusters:
                return 404, {}, {"status": 404, "message": "The requested resource doesn't exist: Cluster not found, "
                                                           f"clusterName={name}"}
            case ["clusters", name] if query == {"fields": "Clusters/desired_configs"}:
                tags = {kind: {"tag": f"version-{kind} 1", "user": "admin", "version": 2} for kind in self.clusters[name]}
                return 200, {}, {"Clusters": {"cluster_name": name, "version": "HDP-3.1", "desired_configs": tags}}
            case ["clusters", name, "configurations"]:
                kind = query["type"]
                if query["tag"] != f"version-{kind} 1":
                    return 200, {}, {"items": []}
                return 200, {}, {"items": [{"tag": query["tag"], "type": kind, "version": 2,
                                            "Config": {"cluster_name": name, "stack_id": "HDP-3.1"},
                                            "properties": self.clusters[name][kind],
                                            "properties_attributes": {"final": {"fs.defaultFS": "true"}}}]}
        return 500, {}, {"status": 500, "message": f"not made up: {path}"}

    def _handler(ambari):
        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 20

            def do_GET(self):
                ambari.asked.append(self.path)
                status, headers, document = ambari.answer(self.path, self.headers)
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "text/plain")  # as Ambari has it
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        return Handler
