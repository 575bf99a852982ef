// A new database on the MongoDB server of VITRINA_TEST_MONGODB, for edits that bypass the shop.

import { randomBytes } from 'node:crypto';

import { MongoClient } from 'mongodb';

/** Opens a new database: {url for --store, db of the driver, drop()}. */
export async function openDatabase() {
  const server = process.env.VITRINA_TEST_MONGODB;
  if (!server) throw new Error('VITRINA_TEST_MONGODB must name a MongoDB replica set, such as one of scripts/mongod');
  const name = `vitrina_browser_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const client = await new MongoClient(url.href, { writeConcern: { w: 'majority' } }).connect();
  const db = client.db();
  return {
    url: url.href,
    db,
    async drop() {
      await db.dropDatabase();
      await client.close();
    },
  };
}
