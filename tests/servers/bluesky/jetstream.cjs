// Jetstream: the firehose of a PDS as light JSON, at `/subscribe`, by the letter of its documentation
// (https://github.com/bluesky-social/jetstream, docs/README.md 5.1 and the README of the first version).
'use strict'
const http = require('node:http')
const { WebSocketServer } = require('ws')
const { lexToJson } = require('@atproto/lexicon')
const { Firehose } = require('@atproto/sync')

const NSID = /^[a-z][a-z0-9-]*(\.[a-zA-Z0-9-]+){2,}$/
const PREFIX = /^[a-z][a-z0-9-]*(\.[a-zA-Z0-9-]+)+\.\*$/
const DID = /^did:[a-z]+:[A-Za-z0-9._:%-]+$/

class Jetstream {
  static async create(pdsUrl, idResolver) {
    const jetstream = new Jetstream(pdsUrl, idResolver)
    await jetstream.listen()
    return jetstream
  }

  constructor(pdsUrl, idResolver) {
    this.events = []
    this.clients = new Map() // socket: what it wants
    this.newest = 0
    this.sockets = new WebSocketServer({ noServer: true })
    this.firehose = new Firehose({
      service: pdsUrl.replace('http', 'ws'), idResolver, unauthenticatedCommits: true, unauthenticatedHandles: true,
      handleEvent: (event) => this.take(event), onError: (error) => console.error(String(error)),
      runner: { getCursor: () => this.seq, trackEvent: (_did, _seq, handle) => handle() }, subscriptionReconnectDelay: 200,
    })
    this.firehose.start()
  }

  listen(port = 0) {
    this.server = http.createServer((req, res) => { res.writeHead(404); res.end() })
    this.server.on('upgrade', (req, socket, head) => this.upgrade(req, socket, head))
    return new Promise((done) => this.server.listen(port, '127.0.0.1', () => {
      this.port = this.server.address().port
      done()
    }))
  }

  take(event) {
    this.seq = event.seq
    this.newest = Math.max(this.newest + 1, Date.now() * 1000)
    const told = as_json(event, this.newest)
    if (!told) return
    this.events.push(told)
    for (const [socket, wanted] of this.clients) give(socket, wanted, told)
  }

  upgrade(req, socket, head) {
    const url = new URL(req.url, 'http://localhost')
    const wanted = url.pathname === '/subscribe' ? options(url.searchParams) : undefined
    if (!wanted) return socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    this.sockets.handleUpgrade(req, socket, head, (client) => {
      const past = wanted.cursor === undefined ? [] : this.events.filter((one) => one.time_us >= wanted.cursor)
      for (const told of past) give(client, wanted, told)
      this.clients.set(client, wanted)
      client.on('close', () => this.clients.delete(client))
    })
  }

  /** Away: all clients are thrown out. What happens meanwhile is kept. */
  stop() {
    for (const client of this.clients.keys()) client.terminate()
    this.server.closeAllConnections()
    return new Promise((done) => this.server.close(done))
  }

  start() {
    return this.listen(this.port)
  }
}

/** The parameters of a subscription; undefined for ones that are wrong. */
function options(query) {
  const collections = query.getAll('wantedCollections')
  const dids = query.getAll('wantedDids')
  const cursor = query.get('cursor')
  const size = query.get('maxMessageSizeBytes')
  if (collections.length > 100 || !collections.every((one) => NSID.test(one) || PREFIX.test(one))) return undefined
  if (dids.length > 10000 || !dids.every((one) => DID.test(one))) return undefined
  if ([cursor, size].some((number) => number !== null && !/^\d+$/.test(number))) return undefined
  if (query.get('compress') === 'true' || query.get('requireHello') === 'true') return undefined // not here
  return { collections, dids, size: Number(size ?? 0), ...(cursor === null ? {} : { cursor: Number(cursor) }) }
}

function give(socket, { collections, dids, size }, told) {
  if (dids.length && !dids.includes(told.did)) return
  const named = (wanted) => (wanted.endsWith('.*') ? told.commit.collection.startsWith(wanted.slice(0, -1)) : wanted === told.commit.collection)
  if (told.commit && collections.length && !collections.some(named)) return // of accounts everybody hears
  const text = JSON.stringify(told)
  if (!size || Buffer.byteLength(text) <= size) socket.send(text)
}

function as_json(event, time_us) {
  const { did, seq, time } = event
  if (event.event === 'identity') return { did, time_us, kind: 'identity', identity: { did, handle: event.handle, seq, time } }
  if (event.event === 'account') return { did, time_us, kind: 'account', account: { active: event.active, did, seq, time } }
  if (!['create', 'update', 'delete'].includes(event.event)) return undefined
  const { rev, collection, rkey } = event
  const commit = { rev, operation: event.event, collection, rkey }
  if (event.event !== 'delete') Object.assign(commit, { record: lexToJson(event.record), cid: event.cid.toString() })
  return { did, time_us, kind: 'commit', commit }
}

module.exports = { Jetstream }
