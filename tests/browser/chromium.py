"""Debian's Chromium, driven through a pipe by its own protocol (https://chromedevtools.github.io/devtools-protocol):
neither npm nor a driver is needed.

    with Chromium() as browser:
        page = browser.page(width=360, dark=True)
        page.open("http://127.0.0.1:9919/")
        page.ask("document.title"), page.trouble
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

# So that nothing but the pages under test is asked for anything, and pictures come out alike everywhere.
SWITCHES = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
            "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none", "--lang=en-US"]
DEADLINE = 30
KEYS = {"Tab": 9, "Enter": 13, "ArrowRight": 39}


class Chromium:
    def __enter__(self):
        self._profile = tempfile.mkdtemp()
        ours_in, theirs_out = os.pipe()
        theirs_in, self._out = os.pipe()
        self._in, self._unread, self._last_id, self.pages = ours_in, b"", 0, {}
        # It reads from 3 and writes to 4.
        command = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", "chromium", *SWITCHES,
                   f"--user-data-dir={self._profile}"]
        self._process = subprocess.Popen(command, pass_fds=(theirs_in, theirs_out), start_new_session=True,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(self, *_):
        os.close(self._out)  # it ends when nobody is there any more
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        shutil.rmtree(self._profile, ignore_errors=True)

    def page(self, **how):
        """A new tab with nothing of the others' state."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session, context)
        page.set_up(**how)
        return page

    def send(self, method, session=None, **parameters):
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        bytes_ = json.dumps(message).encode() + b"\0"
        while bytes_:
            bytes_ = bytes_[os.write(self._out, bytes_):]
        until = time.monotonic() + DEADLINE
        while True:
            answer = self.receive(until)
            if answer is None:
                raise AssertionError(f"Chromium does not answer {method}")
            if answer.get("id") == self._last_id:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self, until):
        """The next message; none when there is none until then. Events have gone to their page already."""
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._in], [], [], max(0, until - time.monotonic()))
            if not ready:
                return None
            more = os.read(self._in, 1 << 20)
            if not more:
                raise AssertionError("Chromium has ended")
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        message = json.loads(message)
        page = self.pages.get(message.get("sessionId"))
        if page and "method" in message:
            page.on_event(message["method"], message["params"])
        return message


class Page:
    def __init__(self, browser, session, context):
        self._browser, self._session, self._context = browser, session, context
        self.trouble = []  # errors on the console, exceptions, dialogs, since the page was opened
        self.requests = []  # addresses, likewise
        self._is_loaded = False

    def set_up(self, width=1280, height=720, dark=False, javascript=True, first=""):
        """`first` is a script that runs before those of the page."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.look(width, dark, height)
        self.send("Emulation.setScriptExecutionDisabled", value=not javascript)
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        if first:
            self.send("Page.addScriptToEvaluateOnNewDocument", source=first)

    def send(self, method, **parameters):
        return self._browser.send(method, self._session, **parameters)

    def look(self, width, dark, height=720):
        self._resize(width, height)
        self.send("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def _resize(self, width, height):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url):
        self._is_loaded, self.trouble, self.requests = False, [], []
        if error := self.send("Page.navigate", url=url).get("errorText"):
            raise AssertionError(f"{url}: {error}")
        until = time.monotonic() + DEADLINE
        while not self._is_loaded:
            if self._browser.receive(until) is None:
                raise AssertionError(f"{url} is not loaded after {DEADLINE} s")

    def on_event(self, method, event):
        if method == "Page.loadEventFired":
            self._is_loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.trouble.append(details.get("exception", details).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.trouble.append(f"console: {event['args']}")
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.trouble.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")
        elif method == "Page.javascriptDialogOpening":
            self.trouble.append(f"a dialog: {event['message']}")

    def ask(self, expression):
        """What a JavaScript expression gives; also where the page's own scripts are switched off."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if details := result.get("exceptionDetails"):
            raise AssertionError(details.get("exception", details).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, expression, seconds=10):
        until = time.monotonic() + seconds
        while not (found := self.ask(expression)):
            if time.monotonic() > until:
                raise AssertionError(f"after {seconds} s still not: {expression}")
            time.sleep(0.05)
        return found

    def words(self):
        """Its visible text, each run of white space as one blank."""
        return " ".join(self.ask("document.documentElement.innerText").split())

    def press(self, name):
        key = {"key": name, "code": name, "windowsVirtualKeyCode": KEYS[name]}
        text = {"text": "\r"} if name == "Enter" else {}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **key, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **key)

    def picture(self, path, height=None):
        """A PNG of what the window shows, made as high as the page if no height is given."""
        width = self.ask("innerWidth")
        self._resize(width, height or self.ask("document.documentElement.scrollHeight"))
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self._browser.send("Target.disposeBrowserContext", browserContextId=self._context)
        del self._browser.pages[self._session]
