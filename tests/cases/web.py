"""What the tests need of HTTP: a free address, and answers as they come."""
import socket
import urllib.error
import urllib.request


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def fetch(url, headers=None, timeout=10, method="GET", body=None):
    """Status and body; (0, reason) when nobody answers."""
    request = urllib.request.Request(url, None if body is None else body.encode(), headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except OSError as e:
        return 0, str(e)
