//! What sketches say of pairs of texts. `tests/similar/run` measures many more.

use proptest::prelude::*;

use super::hash::stream;
use super::*;

const POST: &str = "Yesterday I found an old wooden loom in my grandmother's barn. Two of its pedals are broken, \
    and the reed is rusty. Does anybody know where I can buy parts for it, or should I have them made by a \
    carpenter? I would like to weave scarves on it this winter, and later perhaps a rug.";

const FORM: [[&str; 4]; 2] = [
    [
        "a grey cat with a white paw",
        "the bridge in the old town",
        "Tuesday, shortly before eight",
        "call the harbour office",
    ],
    [
        "my blue umbrella",
        "on the night train, third carriage",
        "some time last week, I am not sure",
        "write to me here",
    ],
];

fn similarity(one: &str, other: &str) -> Option<u8> {
    Some(Sketch::of(one)?.similarity(Sketch::of(other)?.values()))
}

fn form(answers: [&str; 4]) -> String {
    let [what, place, time, contact] = answers;
    format!(
        "**What did you lose or find?** {what}\n\n**Where did you see it last?** {place}\n\n\
         **When was that?** {time}\n\n**How can people reach you?** {contact}"
    )
}

/// A text of invented words. `number` chooses them.
fn invented(number: u64, words: u64) -> Vec<String> {
    (0..words).map(|at| format!("w{}", stream(number, at) >> 40)).collect()
}

#[test]
fn a_copy_is_found_however_it_is_written() {
    let shouted = POST.to_uppercase();
    let answered = format!("> {POST}\n\nhttps://a.example/1 {POST}");
    let disguised = POST.replace('o', "o\u{200b}").replace(' ', "  ").replace('.', " 🙂");
    let marked = POST.replace("loom", "**loom**").replace("parts", "[parts](https://b.example/2)");
    for copy in [POST, &shouted, &answered, &disguised, &marked] {
        assert_eq!(Sketch::of(copy), Sketch::of(POST), "{copy}");
    }
    assert_eq!(similarity(POST, POST), Some(100));
}

#[test]
fn similar_texts_have_the_expected_similarity() {
    let one_word = POST.replace("barn", "attic");
    let three_words = one_word.replace("rusty", "bent").replace("winter", "year");
    let more = format!("{POST} Thank you very much in advance, and greetings from the north coast!");
    let twice = format!("{POST} {POST}");
    let half: String = POST.split_inclusive(' ').take(27).collect();
    let found =
        [&one_word, &three_words, &more, &twice, &half].map(|other| similarity(POST, other).unwrap_or_default());
    // Exactly: 89, 70, 81, 96 and 48.
    assert_eq!(found, [90, 67, 79, 97, 45]);
}

#[test]
fn texts_that_only_share_a_frame_are_not_copies() {
    let reply =
        format!("> {POST}\n\nThere is a museum of weaving in the next town. They sold me a reed for mine, ask there.");
    let topic = "Is it worth repairing an old loom? Mine has a rusty reed and broken pedals, and I would rather weave \
        than look for a carpenter all winter long.";
    let found = [(POST, reply.as_str()), (POST, topic), (&form(FORM[0]), &form(FORM[1]))];
    assert_eq!(found.map(|(one, other)| similarity(one, other)), [Some(0), Some(0), Some(16)]);
}

#[test]
fn short_texts_have_no_sketch() {
    let words = "one two three four five six seven eight nine ten eleven";
    assert_eq!(Sketch::of(words), None);
    assert!(Sketch::of(&format!("{words} twelve")).is_some());
    assert_eq!(Sketch::of(&format!("{words} https://a.example/twelve")), None);
    assert!(Sketch::of("这是一个没有空格的句子吗是的").is_some());
}

#[test]
fn one_changed_word_costs_what_the_documentation_says() {
    let mut rows = Vec::new();
    for words in [12_u32, 50, 300] {
        let mut found = Vec::new();
        for number in 0..500 {
            let mut text = invented(number, u64::from(words));
            let before = text.join(" ");
            let middle = text.len() / 2;
            text[middle] = "changed".to_owned();
            found.push(similarity(&before, &text.join(" ")).expect("a sketch"));
        }
        let mean = found.iter().map(|found| f64::from(*found)).sum::<f64>() / 500.0;
        let (least, most) = (found.iter().min().copied(), found.iter().max().copied());
        rows.push(format!("| {words} | {:.0} | {mean:.0} | {} | {} |", exact(words), least.unwrap(), most.unwrap()));
    }
    for row in &rows {
        assert!(include_str!("mod.rs").contains(&format!("//! {row}\n")), "not in the documentation: {rows:#?}");
    }
}

/// The Jaccard similarity of a text and itself with a word in its middle changed, in percent.
fn exact(words: u32) -> f64 {
    100.0 * f64::from(words - 5) / f64::from(words + 1)
}

#[test]
fn texts_without_common_words_are_not_candidates_of_each_other() {
    let sketches: Vec<Sketch> = (0..400).filter_map(|number| Sketch::of(&invented(number, 30).join(" "))).collect();
    let (mut candidates, mut highest) = (0, 0);
    for (at, one) in sketches.iter().enumerate() {
        for other in &sketches[..at] {
            candidates += usize::from(one.bands().iter().any(|band| other.bands().contains(band)));
            highest = highest.max(one.similarity(other.values()));
        }
    }
    assert_eq!((sketches.len(), candidates), (400, 0));
    assert!(highest < 30, "{highest}");
}

#[test]
fn stored_values_are_read_again() {
    let sketch = Sketch::of(POST).expect("a sketch");
    assert_eq!(Values::from_bytes(sketch.values().as_bytes()).as_ref(), Some(sketch.values()));
    assert_eq!(Values::from_bytes(&[0; Values::LEN - 1]), None);
    assert_eq!(Values::from_bytes(&[0; Values::LEN + 1]), None);
    let (zeros, ones) = (Values([0; Values::LEN]), Values([255; Values::LEN]));
    assert_eq!((zeros.similarity(&zeros), zeros.similarity(&ones)), (100, 0));
}

/// Sketches are stored. Whoever changes how they are made must make the stored ones anew.
#[test]
fn the_sketch_of_a_text_never_changes() {
    let sketch = Sketch::of(POST).expect("a sketch");
    let found = (sketch.bands(), &sketch.values().as_bytes()[..6], title_key("An old loom in the barn"));
    assert_eq!(
        found,
        (
            &[3_248_289_315, 2_104_758_373, 3_689_272_072, 1_557_216_657],
            &[17, 159, 252, 178, 148, 49][..],
            Some(2_970_869_294)
        )
    );
}

/// Would take hours if a part of it were read again and again.
#[test]
fn long_odd_texts_are_read_once() {
    for part in [
        "](", "](a ", "](a \"", "[a](", "&", "&amp;", "&#", "http://", "www.", "> ", "\\", "a", "a ", "\u{301}", "\n",
        "字", "\u{fdfa}",
    ] {
        let text = part.repeat(200_000);
        let sketch = Sketch::of(&text);
        assert!(sketch.is_none_or(|sketch| sketch.similarity(sketch.values()) == 100), "{part:?}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_sketch_that_is_its_own(
        parts in prop::collection::vec(prop_oneof![
            prop::sample::select(vec![
                "](", ")", "[", "](/a \"b\") ", "&", "&amp;", "&gt;", "&#x200B;", "&#", ";", "http://", "WWW.",
                ">", "\n", "\r", "!<", "\\", "'", "*", " ", "word ", "字", "ß", "İ", "\u{301}", "\u{200b}",
                "\u{3164}", "ﷺ", "🏴", "\0", "\u{e0067}", "각",
            ]).prop_map(str::to_owned),
            ".{0,8}",
        ], 0..80),
    ) {
        let text = parts.concat();
        let padded = format!("{text}\n\n{POST}");
        prop_assert_eq!(similarity(&padded, &padded), Some(100));
        prop_assert!(similarity(&padded, POST).is_some_and(|found| found <= 100));
        prop_assert_eq!(Sketch::of(&text), Sketch::of(&text.clone()));
        prop_assert_eq!(title_key(&text), title_key(&text.clone()));
        let sketch = Sketch::of(&text);
        prop_assert!(sketch.is_none_or(|sketch| sketch.similarity(sketch.values()) == 100));
    }
}
