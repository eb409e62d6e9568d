// zeromq.js at the other end of a pipe, driven by JSON lines as `zmq_peer.py` is: `node zeromq_peer.js MODULES`,
// where MODULES is the `node_modules` folder that holds zeromq.
//
// Each request is one line {"id": 1, "op": ..., ...}; each gets one answer, {"id": 1, "ok": value} or
// {"id": 1, "error": text, "errno": number}. Bytes travel as latin-1 text. A send to a RADIO or SERVER carries
// "extra", {"group": ...} or {"routingId": ...}.
"use strict"

const crypto = require("crypto")
const path = require("path")
const readline = require("readline")

const zmq = require(path.resolve(process.argv[2], "zeromq"))
const draft = require(path.resolve(process.argv[2], "zeromq", "draft"))

const KINDS = {
  PAIR: zmq.Pair, PUB: zmq.Publisher, SUB: zmq.Subscriber, XPUB: zmq.XPublisher, XSUB: zmq.XSubscriber,
  PUSH: zmq.Push, PULL: zmq.Pull, REQ: zmq.Request, REP: zmq.Reply, DEALER: zmq.Dealer, ROUTER: zmq.Router,
  CLIENT: draft.Client, SERVER: draft.Server, SCATTER: draft.Scatter, GATHER: draft.Gather,
  RADIO: draft.Radio, DISH: draft.Dish,
}
const OPTIONS = {
  routing_id: "routingId", linger: "linger", sndhwm: "sendHighWaterMark", rcvhwm: "receiveHighWaterMark",
  plain_server: "plainServer", plain_username: "plainUsername", plain_password: "plainPassword",
  curve_server: "curveServer", curve_publickey: "curvePublicKey", curve_secretkey: "curveSecretKey",
  curve_serverkey: "curveServerKey",
}

const sockets = new Map()

function pattern(size, seed) {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(seed))
  const block = crypto.createHash("sha256").update(number).digest()
  return Buffer.alloc(size, block)
}

function digest(frames) {
  const total = crypto.createHash("sha256")
  frames.forEach((frame) => total.update(frame))
  return { sizes: frames.map((frame) => frame.length), sha256: total.digest("hex") }
}

// What a draft socket tells beside the message (its group, its sender) is no frame.
const framesOf = (message) => message.filter((part) => Buffer.isBuffer(part))

async function receive(socket, seconds) {
  socket.receiveTimeout = Math.max(1, Math.round(1000 * seconds))
  try {
    return await socket.receive()
  } catch (error) {
    throw error.code === "EAGAIN" ? new Error("TimeoutError: no message came") : error
  }
}

async function receiveMany(request, use) {
  const results = []
  const { socket } = sockets.get(request.socket)
  for (let left = request.count ?? 1; left > 0; left -= 1) {
    results.push(await use(await receive(socket, request.timeout), socket))
  }
  return results
}

const latin1 = (frames) => frames.map((frame) => frame.toString("latin1"))

const operations = {
  versions: () => ({ libzmq: zmq.version, has: Object.keys(zmq.capability).filter((key) => zmq.capability[key]) }),
  curve_keypair: () => {
    const { publicKey, secretKey } = zmq.curveKeyPair()
    return [publicKey, secretKey]
  },
  open: ({ socket, type, options }) => {
    const { subscribe, join, ...plain } = options ?? {}
    const made = new KINDS[type]({ linger: 0 })
    for (const [name, value] of Object.entries(plain)) {
      made[OPTIONS[name]] = name.endsWith("_server") ? Boolean(value) : value
    }
    if (subscribe !== undefined) made.subscribe(...[subscribe].flat())
    if (join !== undefined) made.join(...[join].flat())
    sockets.set(socket, { socket: made, type })
  },
  bind: async ({ socket, endpoint }) => {
    const bound = sockets.get(socket).socket
    await bound.bind(endpoint)
    return bound.lastEndpoint
  },
  unbind: ({ socket, endpoint }) => sockets.get(socket).socket.unbind(endpoint),
  connect: ({ socket, endpoint }) => sockets.get(socket).socket.connect(endpoint),
  disconnect: ({ socket, endpoint }) => sockets.get(socket).socket.disconnect(endpoint),
  send: async ({ socket, frames, repeat, extra }) => {
    const parts = frames.map((frame) => Buffer.from(frame, "latin1"))
    const behind = Object.keys(extra).length ? [extra] : []
    for (let left = repeat ?? 1; left > 0; left -= 1) {
      await sockets.get(socket).socket.send(parts.length === 1 ? parts[0] : parts, ...behind)
    }
  },
  send_pattern: async ({ socket, count, size, frames, seed, prefix }) => {
    const head = prefix.map((frame) => Buffer.from(frame, "latin1"))
    for (let number = 0; number < count; number += 1) {
      const body = pattern(size, seed + number)
      await sockets.get(socket).socket.send([...head, ...Array(frames).fill(body)])
    }
  },
  recv: async (request) => latin1(framesOf((await receiveMany(request, (message) => message))[0])),
  recv_many: (request) => receiveMany(request, (message) => latin1(framesOf(message))),
  digest: (request) => receiveMany(request, (message) => digest(framesOf(message))),
  echo: async (request) => {
    const { type } = sockets.get(request.socket)
    // A SERVER's message is followed by its sender, which is what its send wants behind the answer.
    const back = (message, socket) => (type === "SERVER" ? socket.send(...message) : socket.send(message))
    return (await receiveMany(request, back)).length
  },
  // Asking for `readable` lets libzmq do what waits: a subscriber speaks only when its application calls.
  poll: async ({ socket, timeout }) => {
    const { socket: polled } = sockets.get(socket)
    const deadline = Date.now() + 1000 * timeout
    while (!polled.readable && Date.now() < deadline) await new Promise((wake) => setTimeout(wake, 2))
    return polled.readable
  },
  close: ({ socket, linger }) => {
    const { socket: closing } = sockets.get(socket)
    closing.linger = linger ?? 0
    closing.close()
    sockets.delete(socket)
  },
}

async function answer(line) {
  const request = JSON.parse(line)
  let reply
  try {
    reply = { id: request.id, ok: (await operations[request.op](request)) ?? null }
  } catch (error) {
    reply = { id: request.id, error: String(error.message ?? error), errno: error.errno ?? null }
  }
  process.stdout.write(JSON.stringify(reply) + "\n")
}

const lines = readline.createInterface({ input: process.stdin })
lines.on("line", answer)
lines.on("close", () => process.exit(0))
