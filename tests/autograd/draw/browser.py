"""A headless Chromium, driven by the DevTools protocol over two pipes: nothing but the browser is needed.

Whatever goes wrong on a page (an exception, an error on the console, a request that leaves the page) is kept.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60.0  # seconds; a machine may be busy
KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, "Enter": 13, "Escape": 27, " ": 32, "/": 191}


def program() -> str | None:
    """The path of a Chromium, or None; its pipes are those of Unix."""
    return None if os.name == "nt" else next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Browser:
    """One browser with one page."""

    def __init__(self, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()

        def connect() -> None:  # the protocol wants its pipes to be 3 and 4
            high_in, high_out = os.dup(theirs_in), os.dup(theirs_out)
            high_in, high_out = (os.dup2(fd, 100 + i) for i, fd in enumerate((high_in, high_out)))
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self._process = subprocess.Popen(
            [
                str(program()),
                *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
                *("--remote-debugging-pipe", f"--user-data-dir={profile}", "--window-size=1280,800", "about:blank"),
            ],
            close_fds=False,
            preexec_fn=connect,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = ours_in, ours_out
        self._buffer, self._number, self._session = b"", 0, ""
        self.troubles: list[str] = []
        self._loaded = False
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def open(self, url: str) -> None:
        """Load a page."""
        self._loaded = False
        self._call("Page.navigate", url="about:blank")  # an address that differs in its fragment alone loads nothing
        self._wait(lambda: self._loaded)
        self._loaded = False
        self._call("Page.navigate", url=url)
        self._wait(lambda: self._loaded)

    def run(self, expression: str) -> Any:
        """Evaluate JavaScript on the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, as a person does."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        code = {"windowsVirtualKeyCode": KEYS[key]}
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, **code, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        self._call("Input.insertText", text=text)

    def screenshot(self, path: Path) -> None:
        """Store what is seen."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    # ------------------------------------------------------------------------------------------------ the protocol

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        answers: list[dict[str, Any]] = []

        def is_answered() -> bool:
            return any(answer.get("id") == message["id"] for answer in answers)

        self._wait(is_answered, answers)
        answer = next(answer for answer in answers if answer.get("id") == message["id"])
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _wait(self, is_done: Callable[[], bool], answers: list[dict[str, Any]] | None = None) -> None:
        end = time.monotonic() + PATIENCE
        while not is_done():
            left = end - time.monotonic()
            assert left > 0, "the browser does not answer"
            if select.select([self._in], [], [], left)[0]:
                self._buffer += os.read(self._in, 1 << 20)
            *messages, self._buffer = self._buffer.split(b"\0")
            for text in messages:
                message = json.loads(text)
                self._note(message)
                if answers is not None:
                    answers.append(message)

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.troubles.append(f"exception: {params['exceptionDetails']}")
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.troubles.append(f"console: {params['args']}")
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.troubles.append(f"log: {params['entry']['text']}")
            case "Network.requestWillBeSent" if not params["request"]["url"].startswith(("file:", "data:", "about:")):
                self.troubles.append(f"request: {params['request']['url']}")
