#!/usr/bin/env python3
"""Reads the page of a run, acts on it and abuses it: serve_program.py PATH-OF-TRAIN."""
import contextlib
import json
import random
import re
import shutil
import signal
import socket
import sys
import time
import unittest

from pictures_program import picture
from support.served_run import ServedRun
from support.train_runs import ProgramTest, sha256

FOREVER = ("--epochs", 100000)


class Serve(ProgramTest):
    def command(self, *arguments, out="out"):
        return [self.program, "--data", self.data, "--hidden", 16, "--batch", 8, "--out", self.folder / out, *arguments]

    def served(self, *arguments, serve="0", out="out"):
        return ServedRun(self.command("--serve", serve, *arguments, out=out))

    def connected(self, run, text=b""):
        sock = socket.create_connection((run.host, run.port), timeout=20)
        self.addCleanup(sock.close)
        with contextlib.suppress(OSError):
            sock.sendall(text)
        return sock

    def paused(self, run):
        """The run, early."""
        until = time.monotonic() + 20
        while not (run.state()["status"] or {}).get("state") == "paused":
            self.assertEqual(run.act("/pause"), 204)
            self.assertLess(time.monotonic(), until)

    def assert_works(self, run):
        before = run.state()["status"]["done"]
        run.wait_for(lambda s: s["status"]["done"] > before)


class Page(Serve):
    def test_curves_and_the_confusion_matrix_follow_the_run(self):
        with self.served(*FOREVER) as run:
            state = run.wait_for(lambda s: len(s["steps"]) > 2 and len(s["epochs"]) > 2 and s["confusion"])
            self.assertEqual(state["title"], f"mlp on {self.data}")
            self.assertEqual({"step", "epoch", "loss", "learning_rate", "samples_per_s"}, set(state["steps"][0]))
            self.assertEqual([len(row) for row in state["confusion"]["rows"]], [5] * 5)
            self.assertEqual(sum(map(sum, state["confusion"]["rows"])), 100)
            self.assertEqual(state["status"]["state"], "running")

    def test_events_go_on_where_the_state_ends_and_say_the_end(self):
        with self.served(*FOREVER) as run:
            sock = self.connected(run, f"GET /events?after={run.state()['last_event']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            file = sock.makefile("rb")
            self.assertIn(b"text/event-stream", b"".join(iter(file.readline, b"\r\n")))
            while b"data: " not in (line := file.readline()):
                self.assertTrue(line)
            self.assertIn("kind", json.loads(line.split(b"data: ")[1]))
            self.assertEqual(run.act("/stop"), 204)
            self.assertIn(b'{"kind":"end"}', file.read())
            self.assertEqual(run.ended(), 0)

    def test_a_reader_that_is_too_far_behind_begins_anew(self):
        with self.served(*FOREVER) as run:
            sock = self.connected(run, b"GET /events?after=99999999 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b"reset", sock.recv(65536) + sock.recv(65536))

    def test_pictures_of_watch_appear_and_names_are_text(self):
        shutil.rmtree(self.data)
        name = "<script>alert(1)<"  # a folder's name has no slash
        for i in range(10):
            for folder, colour in ((name, (200, 60, 60)), ("b", (60, 60, 200))):
                (self.data / folder).mkdir(parents=True, exist_ok=True)
                (self.data / folder / f"{i}.png").write_bytes(picture(colour, f"{folder} {i}"))
        with self.served(*FOREVER, "--image-size", 8, "--watch", "classes", "--watch-every", 50, "--watch-steps", 2) as run:
            state = run.wait_for(lambda s: len(s["pictures"]) > 3 and s["confusion"])
            self.assertEqual({p["name"] for p in state["pictures"]}, {name, "b"})
            self.assertIn(name, state["confusion"]["names"])
            status, headers, body = run.request(f"/picture?id={state['pictures'][-1]['id']}")
            self.assertEqual((status, headers["content-type"], body[:4]), (200, "image/png", b"\x89PNG"))
            self.assertEqual(run.act("/pause"), 204)
            run.wait_for(lambda s: s["status"]["state"] == "paused")
            time.sleep(0.5)  # pictures that end do not let it go on
            self.assertEqual(run.state()["status"]["state"], "paused")
            for path in ("/", "/state"):
                headers = run.request(path)[1]
                self.assertIn("default-src 'none'; script-src 'self'", headers["content-security-policy"])
                self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertIn("application/json", headers["content-type"])

    def test_it_pauses_goes_on_and_ends_with_a_checkpoint(self):
        with self.served(*FOREVER) as run:
            run.wait_for(lambda s: s["status"] and s["status"]["done"] > 0)
            self.assertEqual(run.act("/pause"), 204)
            paused = run.wait_for(lambda s: s["status"]["state"] == "paused")
            time.sleep(0.3)
            self.assertLessEqual(run.state()["status"]["done"], paused["status"]["done"] + 1)
            self.assertEqual(run.act("/resume"), 204)
            self.assert_works(run)
            self.assertEqual(run.act("/pause"), 204)
            self.assertEqual(run.act("/stop"), 204)
            self.assertEqual(run.ended(), 0)
            self.assertIn("stopped from its page after step", "".join(run.errors))
        step = int(re.search(r"after step (\d+);", "".join(run.errors))[1])
        self.assertIn(f"goes on after step {step}", self.good("--resume", "--limit-steps", step + 1, data=False))

    def test_a_signal_ends_a_paused_run(self):
        with self.served(*FOREVER) as run:
            self.paused(run)
            run.process.send_signal(signal.SIGINT)
            self.assertEqual(run.ended(), 130)

    def test_the_model_has_the_same_bytes(self):
        self.ended(self.command("--epochs", 300, out="plain"))
        with self.served("--epochs", 300) as run:
            self.paused(run)
            for _ in range(20):
                self.connected(run, b"GET /events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual((run.act("/resume"), run.ended()), (204, 0))
        for file in ("model.safetensors", "checkpoint.safetensors", "report.json"):
            self.assertEqual(sha256(self.out / file), sha256(self.folder / "plain" / file), file)


class Doors(Serve):
    def test_actions_need_the_token_a_host_of_this_machine_and_the_same_origin(self):
        with self.served(*FOREVER) as run:
            token = {"Authorization": f"Bearer {run.token}"}
            own = f"http://{run.host}:{run.port}"
            cases = [(401, {}), (401, {"Authorization": "Bearer " + "0" * 32}), (401, {"Authorization": "Bearer "}),
                     (401, {"Cookie": f"backflow_{run.port}={'0' * 32}"}), (403, {**token, "Origin": "http://evil.example"}),
                     (403, {**token, "Origin": "null"}), (403, {**token, "Origin": own, "Sec-Fetch-Site": "cross-site"}),
                     (421, {**token, "Host": "evil.example"}), (204, {**token, "Origin": own}),
                     (204, {"Cookie": f"a=b; backflow_{run.port}={run.token}"})]
            for status, headers in cases:
                self.assertEqual(run.request("/resume", "POST", headers)[0], status, headers)
            self.assertEqual(run.request("/state", headers={"Host": f"evil.example:{run.port}"})[0], 421)
            for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
                self.assertEqual(run.request("/stop", method, token)[0], 405, method)
            self.assertEqual(run.request("/stop", headers=token)[0], 404)  # an action is no GET
            self.assert_works(run)

    def test_the_address_that_is_printed_becomes_a_cookie(self):
        with self.served(*FOREVER) as run:
            status, headers, _ = run.request(f"/?token={run.token}")
            self.assertEqual((status, headers["location"]), (303, "/"))
            for part in (f"backflow_{run.port}={run.token}", "HttpOnly", "SameSite=Strict"):
                self.assertIn(part, headers["set-cookie"])
            self.assertNotIn("set-cookie", run.request("/?token=wrong")[1])

    def test_a_token_of_the_user_hides_everything_and_is_not_printed(self):
        token = "a-long-enough-token"
        with self.served(*FOREVER, "--serve-token", token, serve="0.0.0.0:0") as run:
            self.assertNotIn(token, run.url)
            for path in ("/", "/state", "/events", "/picture?id=1", "/page.js"):
                self.assertEqual(run.request(path)[0], 401, path)
            self.assertEqual(run.request("/state", headers={"Authorization": f"Bearer {token}"})[0], 200)

    def test_no_path_reaches_a_file(self):
        with self.served(*FOREVER) as run:
            for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page/page.html", "//etc/passwd", "/model.safetensors",
                         "/picture?id=../../etc/passwd", "/picture?id=-1", "/picture?id=18446744073709551615", "/pageXjs"):
                self.assertEqual(run.request(path)[0], 404, path)

    def test_an_address_that_makes_no_sense_is_refused(self):
        for address in ("x", "99999", "-1", "host:80", "127.0.0.1", "1.2.3:80", "::", "[::1]"):
            self.bad(2, "--serve needs PORT or ADDRESS:PORT", "--serve=" + address)
        self.bad(2, "it needs --serve-token", "--serve", "0.0.0.0:0")
        self.bad(2, "--serve-token needs 16 to 256 letters", "--serve", "0", "--serve-token", "short")
        self.bad(2, "--serve-strict requires --serve", "--serve-strict")
        self.bad(2, "--eval-only excludes --serve", "--serve", "0", "--eval-only")

    def test_a_port_that_is_taken_costs_the_page_alone_unless_strict(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            sentence = f"the page cannot be served at 127.0.0.1:{port}: Address already in use"
            done = self.run_train("--epochs", 1, "--serve", port)
            self.assertEqual(done.returncode, 0, done)
            self.assertIn(sentence + "; the run goes on without", done.stderr)
            self.bad(1, sentence, "--epochs", 1, "--overwrite", "--serve", port, "--serve-strict")


class Abuse(Serve):
    def test_requests_that_make_no_sense_cost_nothing(self):
        noise = random.Random(1)
        good = b"POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"
        with self.served(*FOREVER) as run:
            self.assert_works(run)
            before = run.memory()
            for i in range(2000):
                text = bytearray(good)
                for _ in range(noise.randrange(1, 8)):
                    text[noise.randrange(len(text))] = noise.randrange(256)
                if i % 4 == 0:
                    text = bytearray(noise.randbytes(noise.randrange(1, 400)))
                sock = socket.create_connection((run.host, run.port), timeout=20)
                with contextlib.suppress(OSError):
                    sock.sendall(text)
                    sock.shutdown(socket.SHUT_WR)
                    sock.recv(100)
                sock.close()
            self.assert_works(run)
            self.assertEqual(run.state()["status"]["state"], "running")
            self.assertLess(run.memory() - before, 64 << 20)

    def test_headers_and_bodies_have_an_end(self):
        with self.served(*FOREVER) as run:
            before = run.memory()
            flood = b"GET /state HTTP/1.1\r\nHost: localhost\r\n" + b"X-Line: 0123456789\r\n" * (10 << 20 >> 4)
            one = b"GET /state HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (10 << 20)
            body = (f"POST /pause HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {run.token}\r\n"
                    f"Content-Length: {10 << 20}\r\n\r\n").encode() + b"a" * (10 << 20)
            for text in (flood, one, body, b"G" * (10 << 20)):
                sock = self.connected(run, text)
                with contextlib.suppress(OSError):
                    self.assertNotIn(b" 200 ", sock.recv(100))
            self.assert_works(run)
            self.assertLess(run.memory() - before, 64 << 20)

    def test_who_sends_a_byte_now_and_then_is_cut_off(self):
        with self.served(*FOREVER) as run:
            sock = self.connected(run, b"GET /state HTTP/1.1\r\n")
            began = time.monotonic()
            with contextlib.suppress(OSError):
                while time.monotonic() - began < 30:
                    sock.sendall(b"X")
                    sock.settimeout(0.5)
                    try:
                        if not sock.recv(1000):
                            break
                    except TimeoutError:
                        pass
            self.assertLess(time.monotonic() - began, 15)

    def test_readers_that_stall_and_a_thousand_connections_do_not_stop_it(self):
        with self.served("--epochs", 300, "--threads", 2) as run:
            self.paused(run)
            stalled = [self.connected(run, b"GET /events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(50)]
            idle = []
            for _ in range(1000):
                with contextlib.suppress(OSError):
                    idle.append(socket.create_connection((run.host, run.port), timeout=0.2))
            for sock in idle:
                sock.close()
            self.assertEqual((run.act("/resume"), run.ended()), (204, 0))
            self.assertEqual(len(stalled), 50)
        self.ended(self.command("--epochs", 300, "--threads", 1, out="plain"))
        self.assertEqual(sha256(self.out / "model.safetensors"), sha256(self.folder / "plain" / "model.safetensors"))


if __name__ == "__main__":
    ProgramTest.program = sys.argv.pop(1)
    unittest.main()
