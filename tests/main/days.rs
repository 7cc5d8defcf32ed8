//! Days and weeks are units of time.

use zonesim::time::NanoDuration;

#[test]
fn days_and_weeks_are_read() {
    for (written, hours) in [("3d", 72), ("0.5d", 12), ("2w", 336), ("52w", 8736)] {
        let read: NanoDuration = written.parse().unwrap();
        assert_eq!(read, format!("{hours}h").parse().unwrap(), "{written}");
    }
    for (written, meant) in [("3days", "\"3d\""), ("2 Weeks", "\"2w\""), ("1D", "\"1d\"")] {
        let message = written.parse::<NanoDuration>().unwrap_err();
        assert!(message.contains(meant), "{written}: {message}");
    }
    assert!("53w".parse::<NanoDuration>().is_err());
}
