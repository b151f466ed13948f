"""As much of ZooKeeper's protocol as it takes to read, write and remove znodes with any bytes in them.

    with Znodes("localhost:2181") as znodes:
        znodes.create("/old", znodes.get("/hbase/hbaseid"))
"""
import socket
import struct

_CREATE, _DELETE, _GET, _SET_ACL, _CHILDREN = 1, 2, 4, 7, 8


def _everything_for(scheme, who):
    """An ACL: they may do all, nobody else anything."""
    return struct.pack(">ii", 1, 31) + b"".join(struct.pack(">i", len(s)) + s.encode() for s in (scheme, who))


ANYBODY = _everything_for("world", "anyone")
ONLY_127_0_0_1 = _everything_for("ip", "127.0.0.1")


# What clients may not read on a secured cluster.
REPLICATION = ["/hbase/replication/peers", "/hbase/replication/rs"]


class Znodes:
    def __init__(self, host_port):
        host, port = host_port.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self._send(struct.pack(">iqiqi", 0, 0, 10_000, 0, 16) + bytes(16))
        self._receive()

    def get(self, path):
        return _buffer(self._call(_GET, _text(path) + b"\x00"))

    def children(self, path):
        answer = self._call(_CHILDREN, _text(path) + b"\x00")
        [count] = struct.unpack_from(">i", answer)
        names, at = [], 4
        for _ in range(count):
            name = _buffer(answer, at)
            names.append(name.decode())
            at += 4 + len(name)
        return names

    def create(self, path, data=b""):
        self._call(_CREATE, _text(path) + struct.pack(">i", len(data)) + data + ANYBODY + bytes(4))

    def set_acl(self, path, acl):
        self._call(_SET_ACL, _text(path) + acl + struct.pack(">i", -1))

    def delete(self, path):
        """With all that is below it."""
        for name in self.children(path):
            self.delete(f"{path}/{name}")
        self._call(_DELETE, _text(path) + struct.pack(">i", -1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _call(self, kind, request):
        self._send(struct.pack(">ii", 1, kind) + request)
        answer = self._receive()
        [error] = struct.unpack_from(">i", answer, 12)
        if error:
            raise OSError(f"ZooKeeper answers with error {error}")
        return answer[16:]

    def _send(self, message):
        self.socket.sendall(struct.pack(">i", len(message)) + message)

    def _receive(self):
        [size] = struct.unpack(">i", self._exactly(4))
        return self._exactly(size)

    def _exactly(self, size):
        got = b""
        while len(got) < size:
            piece = self.socket.recv(size - len(got))
            if not piece:
                raise OSError("ZooKeeper has closed the connection")
            got += piece
        return got


def _text(path):
    return struct.pack(">i", len(path)) + path.encode()


def _buffer(answer, at=0):
    [size] = struct.unpack_from(">i", answer, at)
    return answer[at + 4:at + 4 + max(size, 0)]


def close_replication(test, host_port):
    """To all but 127.0.0.1, as long as the test runs. See Stranger."""
    def set_acls(acl):
        with Znodes(host_port) as znodes:
            for path in REPLICATION:
                znodes.set_acl(path, acl)
    test.addCleanup(set_acls, ANYBODY)
    set_acls(ONLY_127_0_0_1)
