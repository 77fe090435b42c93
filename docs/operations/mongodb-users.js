// For mongosh as an administrator, on the first start of the container or by hand:
// MONGODB_PASSWORD=... mongosh 'mongodb://root@...' docs/operations/mongodb-users.js
// Countersign reads and writes its two databases, makes their indexes, and may do nothing else.
db.getSiblingDB('admin').createUser({
  user: 'countersign',
  pwd: process.env.MONGODB_PASSWORD,
  roles: [
    { role: 'readWrite', db: 'views' },
    { role: 'readWrite', db: 'vault' },
  ],
});
