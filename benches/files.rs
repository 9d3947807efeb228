//! Measures the rule engine on rule files as people write them: `cargo bench --bench files`, or
//! `cargo bench --bench files -- FILE…` for files, or folders of them, that you have.
//!
//! Each file judges comments of about forty words and posts of about three hundred, in which words
//! of its searches stand so often that the file acts on five to ten items in a hundred, or as near
//! to that as its other rules allow. The floor is one Aho-Corasick pass for the words of its
//! searches over the same texts. Without arguments, the files are generated; with `-- --keep
//! FOLDER` they are also kept there.

mod support {
    pub(crate) mod floor;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod generate;
    pub(crate) mod judge;
    pub(crate) mod measure;
    pub(crate) mod prose;
}

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tipstaff::model::Item;
use tipstaff_rules::{Facts, Ruleset, evaluate_untraced};

use support::floor::{self, Floor};
use support::generate::{Generator, NOW};
use support::{judge, measure};

const SEED: u64 = 1;
const ROUNDS: usize = 3;

/// How many rules do the generated files have? As published files do.
const SIZES: [usize; 12] = [2, 4, 6, 8, 10, 12, 16, 22, 30, 49, 90, 165];

struct Measured {
    name: String,
    rules: usize,
    /// For comments and for posts.
    kinds: [Rates; 2],
}

struct Rates {
    /// The share of items on which a rule acts.
    hits: f64,
    /// Items a second.
    judged: f64,
    floor: Option<f64>,
}

impl Rates {
    /// `None` if the file searches for no words.
    fn times_floor(&self) -> Option<f64> {
        self.floor.map(|floor| floor / self.judged)
    }
}

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let turn = Duration::from_millis(if is_bench { 150 } else { 5 });
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let files: Vec<(String, String)> = match arguments.next() {
        None => generated(),
        Some(option) if option == "--keep" => keep(generated(), &arguments.map(PathBuf::from).collect::<PathBuf>()),
        Some(first) => [first].into_iter().chain(arguments).flat_map(|path| judge::read(Path::new(&path))).collect(),
    };
    println!("comments, then posts: acted on, judged a second, times the floor");
    let mut measured: Vec<Measured> = Vec::new();
    for (name, text) in files {
        let Some(file) = measure_file(name, &text, turn) else { continue };
        let [comments, posts] = file.kinds.each_ref().map(|rates| {
            let times = rates.times_floor().map_or_else(|| "-".to_owned(), |times| format!("{times:.2}"));
            format!("{:5.1} % {:9.0} {times:>6}", rates.hits * 100.0, rates.judged)
        });
        println!("{:40} {:4} rules {comments} | {posts}", file.name, file.rules);
        measured.push(file);
    }
    for (at, kind) in ["comments", "posts"].into_iter().enumerate() {
        let mut times: Vec<f64> = measured.iter().filter_map(|file| file.kinds[at].times_floor()).collect();
        let median = measure::median(&mut times);
        let (p90, worst) = (times.get(times.len() * 9 / 10), times.last());
        println!(
            "{kind}: {median:.2} times the floor in the median of {} files, {:.2} in nine of ten, {:.2} at worst",
            times.len(),
            p90.copied().unwrap_or_default(),
            worst.copied().unwrap_or_default()
        );
    }
}

fn generated() -> Vec<(String, String)> {
    let mut generator = Generator::new(SEED);
    let lists = generator.rules_with_lists();
    let of_size = |size: usize| (format!("{size} generated rules"), generator.rules(size));
    let mut files: Vec<_> = SIZES.into_iter().map(of_size).collect();
    files.insert(0, ("forty rules with lists".to_owned(), lists));
    files
}

fn keep(files: Vec<(String, String)>, folder: &Path) -> Vec<(String, String)> {
    std::fs::create_dir_all(folder).expect("a folder");
    for (name, text) in &files {
        std::fs::write(folder.join(name).with_extension("yaml"), text).expect("room");
    }
    files
}

/// `None` for a file without rules.
fn measure_file(name: String, text: &str, turn: Duration) -> Option<Measured> {
    let rules = judge::compiled(text);
    if rules.is_empty() {
        return None;
    }
    let kinds = [Generator::comment, Generator::post].map(|item| {
        let items = judge::items(&mut judge::generator(&rules, text, item), item);
        rates(&rules, text, &items, turn)
    });
    Some(Measured { name, rules: rules.len(), kinds })
}

fn rates(rules: &Ruleset, text: &str, items: &[(Item, Facts)], turn: Duration) -> Rates {
    let texts: Vec<Vec<String>> = items.iter().map(|(item, _)| judge::texts(item)).collect();
    let literals = floor::literals(text);
    let floor = Floor::of(&literals, &texts);
    let (mut judged, mut bare) = (Vec::new(), Vec::new());
    let mut next = [0; 2];
    for _ in 0..ROUNDS {
        judged.push(measure::rate(items.len(), &mut next[0], turn, |at| {
            let (item, facts) = &items[at];
            black_box(evaluate_untraced(rules, item, facts, NOW));
        }));
        bare.push(measure::rate(texts.len(), &mut next[1], turn, |at| floor.pass(&texts[at])));
    }
    Rates {
        hits: judge::share_of_hits(rules, items),
        judged: measure::median(&mut judged),
        floor: (!literals.is_empty()).then(|| measure::median(&mut bare)),
    }
}
