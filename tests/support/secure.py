"""A peer with another TLS behind it. It shows a certificate, and wants to see one.

secure.py https CA CERT KEY       takes notifications over HTTPS: prints its URL, then the content of each
secure.py wss CA CERT KEY         the same over WebSocket
secure.py lamp CA CERT KEY URL    opens a WebSocket and says nothing until it is told something; prints what it was told
"""

import asyncio
import http.server
import json
import ssl
import sys

mode, ca, cert, key = sys.argv[1:5]


def context(side):
    made = ssl.SSLContext(side)
    made.load_verify_locations(ca)
    made.load_cert_chain(cert, key)
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def say(text):
    print(text, flush=True)


def content(notification):
    return notification["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"]


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = [value for kind, value in self.connection.getpeercert()["subjectAltName"] if kind == "DNS"]
        if "vrq" not in body["m2m:sgn"]:
            say(f"{content(body)} from {names[0]}")
        self.send_response(200)
        self.send_header("X-M2M-RSC", "2000")
        self.send_header("X-M2M-RI", self.headers["X-M2M-RI"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def https():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.socket = context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(server.socket, server_side=True)
    say(f"https://127.0.0.1:{server.server_port}/notify")
    server.serve_forever()


async def wss():
    import websockets

    async def serve(socket, _path=None):
        async for text in socket:
            message = json.loads(text)
            if "vrq" not in message["pc"]["m2m:sgn"]:
                say(content(message["pc"]))
            await socket.send(json.dumps({"rsc": 2000, "rqi": message["rqi"]}))

    secure = context(ssl.PROTOCOL_TLS_SERVER)
    async with websockets.serve(serve, "127.0.0.1", 0, ssl=secure, subprotocols=["oneM2M.json"]) as server:
        port = list(server.sockets)[0].getsockname()[1]
        say(f"wss://127.0.0.1:{port}/")
        await asyncio.Future()


async def lamp(url):
    import websockets

    secure = context(ssl.PROTOCOL_TLS_CLIENT)
    async with websockets.connect(url, ssl=secure, subprotocols=["oneM2M.json"]) as socket:
        message = json.loads(await asyncio.wait_for(socket.recv(), 10))
        say(content(message["pc"]))
        await socket.send(json.dumps({"rsc": 2000, "rqi": message["rqi"]}))

        async def ask(originator):
            request = {"op": 2, "to": "cse-in/Clamp", "fr": originator, "rqi": originator, "rvi": "3"}
            await socket.send(json.dumps(request))
            response = json.loads(await asyncio.wait_for(socket.recv(), 10))
            assert response["rqi"] == originator, response
            say(f"{originator} {response['rsc']} {response.get('pc', {}).get('m2m:dbg', '')}".strip())

        await ask("Clamp")
        await ask("CAdmin")


if mode == "https":
    https()
elif mode == "wss":
    asyncio.run(wss())
else:
    asyncio.run(lamp(sys.argv[5]))
