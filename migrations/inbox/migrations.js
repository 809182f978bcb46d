import journal from './meta/_journal.json';
import m0000 from './0000_first.sql';
import m0001 from './0001_opened_at.sql';
import m0002 from './0002_jobs.sql';
import m0003 from './0003_profile.sql';
import m0004 from './0004_blocks.sql';
import m0005 from './0005_chat-state.sql';
import m0006 from './0006_presence.sql';
import m0007 from './0007_push.sql';
import m0008 from './0008_writers.sql';

  export default {
    journal,
    migrations: {
      m0000,
m0001,
m0002,
m0003,
m0004,
m0005,
m0006,
m0007,
m0008
    }
  }
  