"""A server of ready-made pages in a process of its own: `python -m … PAGES SIZE LATENCY`.

Prints its port, then answers `?page=N` until its standard input ends.
"""

import asyncio
import random
import re
import sys

from tests.benchmarks import orders_data

_PAGE = re.compile(rb"[?&]page=([0-9]+)")


def main() -> None:
    """Serve."""
    pages, size, latency = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    orders = [line.strip() for line in orders_data.lines(pages * size, random.Random(7))]
    starts = range(0, pages * size, size)
    made = [_page(orders[start : start + size], pages * size) for start in starts]
    asyncio.run(_served(made, latency))


def _page(orders: list[str], total: int) -> bytes:
    body = f'{{"meta":{{"total":{total}}},"data":[{",".join(orders)}]}}'.encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body


async def _served(pages: list[bytes], latency: float) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            try:
                asked = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            found = _PAGE.search(asked)
            if latency:
                await asyncio.sleep(latency)
            writer.write(pages[int(found[1]) - 1 if found else 0])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    main()
