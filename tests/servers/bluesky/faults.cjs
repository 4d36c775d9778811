// A proxy in front of the PDS, for the brand's calls only: it breaks what a test asks it to break.
'use strict'
const http = require('node:http')
const net = require('node:net')

const WRITE = /^\/xrpc\/(com\.atproto\.repo\.(createRecord|putRecord|applyWrites|deleteRecord|uploadBlob)|chat\.bsky\.convo\.sendMessage)/

class FaultProxy {
  constructor(target) {
    this.target = new URL(target)
    this.next = [] // faults for the next writes, in order
    this.seen = new Set() // every token that passed
    this.expired = new Set()
    this.sockets = new Set()
    this.server = http.createServer((req, res) => this.handle(req, res))
    this.server.on('upgrade', (req, socket, head) => this.upgrade(req, socket, head))
    this.server.on('connection', (socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  listen(port = 0) {
    return new Promise((done) => this.server.listen(port, '127.0.0.1', () => done(this.server.address().port)))
  }

  close() {
    for (const socket of this.sockets) socket.destroy()
    return new Promise((done) => this.server.close(done))
  }

  expire() {
    for (const token of this.seen) this.expired.add(token)
  }

  handle(req, res) {
    const token = req.headers.authorization
    if (token && this.expired.has(token)) {
      return answer(res, 400, { error: 'ExpiredToken', message: 'Token has expired' })
    }
    if (token) this.seen.add(token)
    const fault = WRITE.test(req.url) ? this.next.shift() : undefined
    if (fault?.kind === 'limit') return refuse(res, fault.wait)
    if (fault?.kind === 'lose_request') return req.resume() // no answer, ever
    this.forward(req, res, fault?.kind === 'lose_answer')
  }

  forward(req, res, lose) {
    const { hostname, port } = this.target
    const onward = http.request({ hostname, port, path: req.url, method: req.method, headers: req.headers }, (back) => {
      if (lose) return back.resume()
      res.writeHead(back.statusCode, back.headers)
      back.pipe(res)
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  }

  upgrade(req, socket, head) {
    const onward = net.connect(Number(this.target.port), this.target.hostname, () => {
      const lines = [`${req.method} ${req.url} HTTP/1.1`]
      for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`)
      onward.write(lines.join('\r\n') + '\r\n\r\n')
      onward.write(head)
      onward.pipe(socket)
      socket.pipe(onward)
    })
    for (const end of [onward, socket]) {
      end.on('error', () => {})
      end.on('close', () => { onward.destroy(); socket.destroy() })
    }
  }
}

// The answer of a real PDS that is asked too often.
function refuse(res, wait) {
  const reset = Math.ceil(Date.now() / 1000 + wait)
  answer(res, 429, { error: 'RateLimitExceeded', message: 'Rate Limit Exceeded' }, {
    'ratelimit-limit': '1666', 'ratelimit-remaining': '0', 'ratelimit-reset': String(reset),
    'ratelimit-policy': '1666;w=3600',
  })
}

function answer(res, status, body, headers = {}) {
  res.writeHead(status, { 'content-type': 'application/json', ...headers })
  res.end(JSON.stringify(body))
}

module.exports = { FaultProxy }
