// A chat service of Bluesky (chat.bsky.*), as far as two people talk: reached through a PDS only.
//
// Bluesky publishes the lexicons of its own one, not its code. Every call's parameters, input and output are checked
// against those lexicons, as @atproto/api ships them; callers prove themselves by the token that their PDS signs for
// this service and this one method. Who may write first is what the recipient's declaration and follows say.
'use strict'
const express = require('express')
const plc = require('@did-plc/lib')
const { AtpAgent, schemas } = require('@atproto/api')
const { TID } = require('@atproto/common')
const { Secp256k1Keypair } = require('@atproto/crypto')
const { IdResolver } = require('@atproto/identity')
const { InvalidRequestError, createServer, verifyJwt } = require('@atproto/xrpc-server')

const ID = 'bsky_chat'
const DEFS = 'chat.bsky.convo.defs'
const PAGE = 10 // entries of a log that one answer tells: few, so that tests see several

class ChatService {
  static async create(plcUrl, pdsUrl) {
    const service = new ChatService(plcUrl, pdsUrl)
    await new Promise((done) => { service.server = service.app.listen(0, '127.0.0.1', done) })
    service.did = await register(plcUrl, `http://localhost:${service.server.address().port}`)
    service.proxy = `${service.did}#${ID}`
    return service
  }

  constructor(plcUrl, pdsUrl) {
    this.pds = new AtpAgent({ service: pdsUrl })
    this.ids = new IdResolver({ plcUrl })
    this.convos = new Map()
    this.logs = new Map() // by DID
    this.app = express()
    const xrpc = createServer(schemas)
    const auth = ({ req }) => this.authenticate(req)
    const serve = (method, answer) => xrpc.method(`chat.bsky.convo.${method}`, {
      auth,
      handler: async ({ params, input, auth: caller }) => ({
        encoding: 'application/json', body: await answer(caller.credentials.did, input?.body ?? params),
      }),
    })
    serve('getLog', (us, { cursor }) => this.log(us, cursor))
    serve('listConvos', (us, query) => this.list(us, query))
    serve('getConvo', async (us, { convoId }) => ({ convo: await this.view(this.find(us, convoId), us) }))
    serve('getConvoForMembers', async (us, { members }) => ({ convo: await this.view(await this.open(us, members), us) }))
    serve('getMessages', (us, query) => this.messages(us, query))
    serve('sendMessage', (us, { convoId, message }) => this.send(this.find(us, convoId), us, message))
    serve('deleteMessageForSelf', (us, { convoId, messageId }) => this.hide(this.find(us, convoId), us, messageId))
    serve('updateRead', (us, { convoId, messageId }) => this.read(this.find(us, convoId), us, messageId))
    serve('addReaction', (us, { convoId, messageId, value }) => this.react(this.find(us, convoId), us, messageId, value))
    serve('removeReaction', (us, { convoId, messageId, value }) => this.unreact(this.find(us, convoId), us, messageId, value))
    this.app.use(xrpc.router)
  }

  /** The DID that the caller's PDS vouches for. */
  async authenticate(req) {
    const token = (req.headers.authorization ?? '').replace(/^Bearer /, '')
    const method = req.path.replace('/xrpc/', '')
    const key = (iss, fresh) => this.ids.did.resolveAtprotoKey(iss, fresh)
    const { iss } = await verifyJwt(token, this.did, method, key)
    return { credentials: { did: iss } }
  }

  // --- conversations ---

  find(us, id) {
    const convo = this.convos.get(id)
    if (!convo || !convo.members.includes(us)) throw new InvalidRequestError('Convo not found', 'InvalidConvo')
    return convo
  }

  /** The one conversation of these two, made where both allow it. */
  async open(us, members) {
    const [them, more] = members.filter((did) => did !== us)
    if (!them || more) throw new InvalidRequestError('a direct conversation has two members')
    const known = [...this.convos.values()].find((one) => one.members.includes(us) && one.members.includes(them))
    await this.unblocked(us, them)
    if (known) return known
    await this.allowed(us, them)
    const convo = { id: TID.nextStr(), rev: TID.nextStr(), members: [us, them].sort(), messages: [], read: new Map() }
    this.convos.set(convo.id, convo)
    this.tell(convo, convo.members, 'logBeginConvo', {})
    return convo
  }

  async unblocked(us, them) {
    if (await this.has(us, 'app.bsky.graph.block', them)) throw new InvalidRequestError('block between recipient and sender', 'BlockedSubject')
    if (await this.has(them, 'app.bsky.graph.block', us)) throw new InvalidRequestError('block between recipient and sender', 'BlockedActor')
  }

  async allowed(us, them) {
    const record = { repo: them, collection: 'chat.bsky.actor.declaration', rkey: 'self' }
    const found = await this.pds.com.atproto.repo.getRecord(record).catch(() => undefined)
    const allow = found?.data.value.allowIncoming ?? 'following'
    if (allow === 'none') throw new InvalidRequestError('recipient has disabled incoming messages', 'MessagesDisabled')
    if (allow === 'following' && !(await this.has(them, 'app.bsky.graph.follow', us))) {
      throw new InvalidRequestError(
        'recipient requires incoming messages to come from someone they follow', 'NotFollowedBySender')
    }
  }

  /** Whether a record of `repo` in this collection has `subject`. */
  async has(repo, collection, subject) {
    const { data } = await this.pds.com.atproto.repo.listRecords({ repo, collection, limit: 100 })
    return data.records.some(({ value }) => value.subject === subject)
  }

  async list(us, { limit, cursor = '' }) {
    const ours = [...this.convos.values()]
      .filter((one) => one.members.includes(us) && (!cursor || one.rev < cursor))
      .sort((a, b) => (a.rev < b.rev ? 1 : -1))
    const page = ours.slice(0, limit)
    const convos = await Promise.all(page.map((one) => this.view(one, us)))
    return { convos, ...(ours.length > page.length ? { cursor: page.at(-1).rev } : {}) }
  }

  async view(convo, us) {
    const last = convo.messages.at(-1)
    const unread = convo.messages.filter((one) => one.sender.did !== us && one.rev > (convo.read.get(us) ?? ''))
    return {
      id: convo.id, rev: convo.rev, muted: false, unreadCount: unread.length, status: 'accepted',
      members: await Promise.all(convo.members.map((did) => this.profile(did))),
      kind: { $type: `${DEFS}#directConvo` },
      ...(last ? { lastMessage: shown(last, us) } : {}),
    }
  }

  async profile(did) {
    const { data } = await this.pds.com.atproto.repo.describeRepo({ repo: did })
    return { did, handle: data.handle, displayName: `${data.handle} in the chat` }
  }

  // --- messages ---

  async messages(us, { convoId, limit, cursor = '' }) {
    const convo = this.find(us, convoId)
    const newest = convo.messages.filter((one) => !cursor || one.id < cursor).reverse()
    const page = newest.slice(0, limit)
    return {
      messages: page.map((one) => shown(one, us)),
      relatedProfiles: await Promise.all(convo.members.map((did) => this.profile(did))),
      ...(newest.length > page.length ? { cursor: page.at(-1).id } : {}),
    }
  }

  async send(convo, us, { text, facets, replyTo }) {
    await this.unblocked(...[us, ...convo.members.filter((did) => did !== us)])
    if (replyTo) this.message(convo, us, replyTo.messageId, 'ReplyTargetNotFound')
    const message = {
      id: TID.nextStr(), rev: TID.nextStr(), text, sender: { did: us }, sentAt: new Date().toISOString(),
      ...(facets ? { facets } : {}), hidden: new Set(), reactions: [],
      ...(replyTo ? { replyTo: replyTo.messageId } : {}),
    }
    convo.messages.push(message)
    convo.read.set(us, message.rev)
    const profiles = await Promise.all(convo.members.map((did) => this.profile(did)))
    this.tell(convo, convo.members, 'logCreateMessage', (did) => ({
      message: this.full(convo, message, did), relatedProfiles: profiles,
    }), message.rev)
    const { $type, ...view } = this.full(convo, message, us)
    return view
  }

  full(convo, message, us) {
    const to = message.replyTo && convo.messages.find((one) => one.id === message.replyTo)
    return { ...shown(message, us), ...(to ? { replyTo: shown(to, us) } : {}) }
  }

  message(convo, us, id, error = 'InvalidRequest') {
    const message = convo.messages.find((one) => one.id === id && !one.hidden.has(us))
    if (!message) throw new InvalidRequestError('Message not found', error)
    return message
  }

  async hide(convo, us, id) {
    const message = convo.messages.find((one) => one.id === id)
    if (!message) throw new InvalidRequestError('Message not found')
    message.hidden.add(us)
    this.tell(convo, [us], 'logDeleteMessage', { message: shown(message, us) })
    const { $type, ...view } = shown(message, us)
    return view
  }

  async read(convo, us, id) {
    const last = id ? this.message(convo, us, id) : convo.messages.at(-1)
    if (last) {
      convo.read.set(us, last.rev)
      this.tell(convo, [us], 'logReadConvo', { message: shown(last, us) })
    }
    return { convo: await this.view(convo, us) }
  }

  async react(convo, us, id, value) {
    if (!/\p{Extended_Pictographic}/u.test(value)) throw new InvalidRequestError('not an emoji', 'ReactionInvalidValue')
    const message = this.message(convo, us, id)
    const known = message.reactions.find((one) => one.value === value && one.sender.did === us)
    const reaction = known ?? { value, sender: { did: us }, createdAt: new Date().toISOString() }
    if (!known) {
      message.reactions.push(reaction)
      this.tell(convo, convo.members, 'logAddReaction', (did) => ({ message: shown(message, did), reaction }))
    }
    const { $type, ...view } = shown(message, us)
    return { message: view }
  }

  async unreact(convo, us, id, value) {
    const message = this.message(convo, us, id)
    const [reaction] = message.reactions.filter((one) => one.value === value && one.sender.did === us)
    if (reaction) {
      message.reactions = message.reactions.filter((one) => one !== reaction)
      this.tell(convo, convo.members, 'logRemoveReaction', (did) => ({ message: shown(message, did), reaction }))
    }
    const { $type, ...view } = shown(message, us)
    return { message: view }
  }

  // --- the log ---

  tell(convo, to, kind, more, rev = TID.nextStr()) {
    convo.rev = rev
    for (const did of to) {
      const entry = { $type: `${DEFS}#${kind}`, rev, convoId: convo.id, ...(typeof more === 'function' ? more(did) : more) }
      this.logs.set(did, [...(this.logs.get(did) ?? []), entry])
    }
  }

  /** What came after `cursor`; without one, where the log stands now. */
  log(us, cursor) {
    const entries = this.logs.get(us) ?? []
    if (cursor === undefined) return { logs: [], cursor: entries.at(-1)?.rev ?? TID.nextStr() }
    const logs = entries.filter((one) => one.rev > cursor).slice(0, PAGE)
    return { logs, cursor: logs.at(-1)?.rev ?? cursor }
  }

  close() {
    this.server.closeAllConnections()
    return new Promise((done) => this.server.close(done))
  }
}

/** A message as one member may see it. */
function shown({ id, rev, text, facets, sender, sentAt, hidden, reactions }, us) {
  if (hidden.has(us)) return { $type: `${DEFS}#deletedMessageView`, id, rev, sender, sentAt }
  return {
    $type: `${DEFS}#messageView`, id, rev, text, sender, sentAt,
    ...(facets ? { facets } : {}), ...(reactions.length ? { reactions } : {}),
  }
}

/** A DID of its own, whose document says where the chat is. */
async function register(plcUrl, endpoint) {
  const keypair = await Secp256k1Keypair.create()
  const operation = await plc.signOperation({
    type: 'plc_operation', verificationMethods: { atproto: keypair.did() }, rotationKeys: [keypair.did()],
    alsoKnownAs: [], services: { [ID]: { type: 'BskyChatService', endpoint } }, prev: null,
  }, keypair)
  const did = await plc.didForCreateOp(operation)
  await new plc.Client(plcUrl).sendOperation(did, operation)
  return did
}

module.exports = { ChatService }
