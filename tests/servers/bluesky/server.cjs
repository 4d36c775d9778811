// A whole AT Protocol network on this machine, for tests.
//
//   node server.cjs pds     a PDS and a PLC directory, no app view; a chat service and a Jetstream beside them
//   node server.cjs full    with the app view too; wants DB_POSTGRES_URL, DB_POSTGRES_SCHEMA and REDIS_HOST
//
// Prints one JSON line with its addresses, then answers each JSON line on stdin with one on stdout:
// {"do": "stop" | "start" | "settle" | "deaf" | "fault", …}. Ends when stdin ends.
'use strict'
const net = require('node:net')
const path = require('node:path')
const readline = require('node:readline')
const { TestNetwork, TestNetworkNoAppView, TestPds, mockResolvers } = require('@atproto/dev-env')
const { IdResolver } = require('@atproto/identity')
const { ChatService } = require('./chat.cjs')
const { FaultProxy } = require('./faults.cjs')
const { Jetstream } = require('./jetstream.cjs')

function getPort() {
  const probe = net.createServer()
  return new Promise((done) => probe.listen(0, () => {
    const { port } = probe.address()
    probe.close(() => done(port))
  }))
}

// Fixed, so that a PDS started again can go on signing for its accounts.
const ROTATION_KEY = 'ad0f4bb9a2d84a12a9f0b7a1d0f1c1f7a0e6a4cf1c7f5e9db8a4a7cc5e2f9d11'

const say = (value) => process.stdout.write(JSON.stringify(value) + '\n')

async function create(mode) {
  const pds = { plcRotationKeyK256PrivateKeyHex: ROTATION_KEY }
  // The app view hands out addresses of its pictures: they must lead to itself.
  const port = await getPort()
  if (mode === 'full') return TestNetwork.create({ pds, bsky: { port, publicUrl: `http://localhost:${port}` } })
  return TestNetworkNoAppView.create({ pds })
}

/** The same PDS again: its port, its files, its keys. */
async function restart(network, mode) {
  const { cfg } = network.pds.ctx
  const again = {
    port: network.pds.port,
    didPlcUrl: network.plc.url,
    plcRotationKeyK256PrivateKeyHex: ROTATION_KEY,
    dataDirectory: path.dirname(cfg.db.accountDbLoc),
    blobstoreDiskLocation: cfg.blobstore.location,
  }
  if (mode === 'full') {
    Object.assign(again, {
      bskyAppViewUrl: cfg.bskyAppView.url, bskyAppViewDid: cfg.bskyAppView.did,
      modServiceUrl: cfg.modService.url, modServiceDid: cfg.modService.did,
    })
  }
  network.pds = await TestPds.create(again)
  mockResolvers(network.pds.ctx.idResolver, network.pds)
}

async function main(mode) {
  const network = await create(mode)
  const proxy = new FaultProxy(network.pds.url)
  const port = await proxy.listen()
  const chat = await ChatService.create(network.plc.url, network.pds.url)
  const jetstream = await Jetstream.create(network.pds.url, new IdResolver({ plcUrl: network.plc.url }))
  let running = true

  const verbs = {
    async stop() {
      if (running) await Promise.all([proxy.close(), network.pds.close()])
      running = false
    },
    async start() {
      if (running) return
      await restart(network, mode)
      await proxy.listen(port)
      running = true
    },
    async settle() {
      await network.processAll()
    },
    async deaf({ on }) {
      await (on ? jetstream.stop() : jetstream.start())
    },
    async fault({ kind, wait }) {
      if (kind === 'expire') proxy.expire()
      else proxy.next.push({ kind, wait })
    },
  }

  say({
    pds: network.pds.url, brand: `http://127.0.0.1:${port}`, plc: network.plc.url, appview: network.bsky?.url ?? null,
    chat: chat.proxy, jetstream: `ws://127.0.0.1:${jetstream.port}`,
  })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const order = JSON.parse(line)
    try {
      await verbs[order.do](order)
      say({ ok: true })
    } catch (error) {
      say({ ok: false, error: String(error?.stack ?? error) })
    }
  }
  process.exit(0) // the databases are thrown away with their folder: nothing is worth closing in order
}

main(process.argv[2] ?? 'pds').catch((error) => {
  console.error(error)
  process.exit(1)
})
