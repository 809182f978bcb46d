declare const migrations: import('../../src/object-migrations').ObjectMigrations;
export default migrations;
