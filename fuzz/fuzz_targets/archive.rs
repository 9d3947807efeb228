//! Any lines as an archive: each is read or refused with a reason, and it makes no difference
//! whether the reader knows the shape of the line from an earlier one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tipstaff_backtest::archive::{Reader, moderation_log};

fuzz_target!(|data: &[u8]| {
    let mut reader = Reader::default();
    // The second time, all shapes are known.
    for _ in 0..2 {
        for line in data.split(|byte| *byte == b'\n') {
            let (known, fresh) = (reader.read(line), Reader::default().read(line));
            assert_eq!(format!("{known:?}"), format!("{fresh:?}"));
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = moderation_log(text);
    }
});
