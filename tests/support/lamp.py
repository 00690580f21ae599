"""An application in another language: registers, subscribes to its container and is told over the same connection."""

import asyncio
import json
import sys

import websockets


async def main(url):
    async with websockets.connect(url, subprotocols=["oneM2M.yaml", "oneM2M.json"]) as socket:
        assert socket.subprotocol == "oneM2M.json", socket.subprotocol
        told = []

        async def ask(rqi, **request):
            await socket.send(json.dumps({"rqi": rqi, "rvi": "3", "fr": "Clamp", **request}))
            while True:
                message = json.loads(await asyncio.wait_for(socket.recv(), 10))
                if "rsc" in message:
                    assert message["rqi"] == rqi, message
                    return message["rsc"]
                await answer(message)

        async def answer(message):
            told.append(message["pc"]["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"])
            await socket.send(json.dumps({"rsc": 2000, "rqi": message["rqi"]}))

        ae = {"m2m:ae": {"rn": "lamp", "api": "Napp", "rr": False, "srv": ["3"]}}
        assert await ask("1", op=1, to="cse-in", ty=2, pc=ae) == 2001
        assert await ask("2", op=1, to="cse-in/lamp", ty=3, pc={"m2m:cnt": {"rn": "c"}}) == 2001
        sub = {"m2m:sub": {"rn": "s", "nu": ["Clamp"], "nct": 1, "enc": {"net": [3]}}}
        assert await ask("3", op=1, to="cse-in/lamp/c", ty=23, pc=sub) == 2001
        for number in "12":
            assert await ask("4" + number, op=1, to="cse-in/lamp/c", ty=4, pc={"m2m:cin": {"con": number}}) == 2001
        while len(told) < 2:
            await answer(json.loads(await asyncio.wait_for(socket.recv(), 10)))
        assert told == ["1", "2"], told
        await socket.ping()
    print("told:", *told)


asyncio.run(main(sys.argv[1]))
