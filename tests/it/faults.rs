//! Connections that break, and replies that do not come: each copy is delivered once, or told to be
//! in doubt.

use crate::mailing::Mailing;
use crate::sink::Script;

#[test]
fn every_reader_of_a_sound_relay_gets_one_copy() {
    for pipelining in [false, true] {
        let mailing = Mailing::new(Script::new(pipelining), 60);
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!((status.accepted, record.accepted()), (60, 60));
        assert!(record.connections <= 4, "{} connections", record.connections);
    }
}
