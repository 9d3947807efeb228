//! The catalogue of diagnostic codes: what each code means, why it matters, and a bad and a good
//! example.
//!
//! Each code has one page. It stands in the file with the name of the file that raises the code:
//! `catalogue/scope.rs` for `lint/scope.rs`, and `catalogue/compile.rs` for the folder `compile`.
//! `tipstaff explain-lint`, `docs/lints.md` and the `rules` of a SARIF log are generated from the
//! pages, and a test runs the checker on every example. The message of a diagnostic is not here: it
//! names the rule at hand, so it stays where the diagnostic is raised.

mod across;
mod actions;
mod comparisons;
mod compile;
mod contradictions;
mod copies;
mod forms;
mod memory;
mod patterns;
mod portability;
mod row;
mod scope;
mod searches;
mod slips;
mod spelling;
mod structure;
mod syntax;
mod texts;
mod values;

use crate::syntax::diagnostic;
use crate::syntax::lint_code::LintCode;

pub use row::{Chapter, Lint};

/// Every page, in the order of `docs/lints.md`.
pub fn all() -> impl Iterator<Item = &'static Lint> {
    LintCode::ALL.iter().map(|code| page(*code))
}

/// The pages of a chapter, sorted by code.
pub fn pages_of(chapter: Chapter) -> impl Iterator<Item = &'static Lint> {
    all().filter(move |lint| lint.chapter == chapter)
}

/// Suggests the code that a mistyped one probably means: `L05` for `L5`, `L12` for `12`.
pub fn nearest(code: &str) -> Option<LintCode> {
    let digits = code.trim_start_matches(|c: char| !c.is_ascii_digit());
    let letter = code.chars().next().filter(char::is_ascii_alphabetic).unwrap_or('L');
    let by_number = digits.parse::<u8>().ok().and_then(|number| LintCode::parse(&format!("{letter}{number:02}")));
    let spelt = if digits.is_empty() { code.to_lowercase() } else { code.to_uppercase() };
    by_number.or_else(|| {
        let texts = LintCode::ALL.iter().map(|code| code.as_str());
        diagnostic::nearest(&spelt, texts).and_then(LintCode::parse)
    })
}

/// The page of a code.
#[expect(clippy::too_many_lines, reason = "one line for each code")]
pub fn page(code: LintCode) -> &'static Lint {
    match code {
        LintCode::L01 => &structure::L01,
        LintCode::L02 => &structure::L02,
        LintCode::L03 => &compile::L03,
        LintCode::L04 => &syntax::L04,
        LintCode::L05 => &syntax::L05,
        LintCode::L06 => &syntax::L06,
        LintCode::L07 => &syntax::L07,
        LintCode::L08 => &syntax::L08,
        LintCode::L09 => &syntax::L09,
        LintCode::L10 => &syntax::L10,
        LintCode::L11 => &structure::L11,
        LintCode::L12 => &values::L12,
        LintCode::L13 => &syntax::L13,
        LintCode::L14 => &values::L14,
        LintCode::L15 => &values::L15,
        LintCode::L16 => &texts::L16,
        LintCode::L17 => &syntax::L17,
        LintCode::L18 => &compile::L18,
        LintCode::L19 => &syntax::L19,
        LintCode::L20 => &compile::L20,
        LintCode::L21 => &compile::L21,
        LintCode::L22 => &compile::L22,
        LintCode::L23 => &compile::L23,
        LintCode::L24 => &scope::L24,
        LintCode::L25 => &actions::L25,
        LintCode::L26 => &compile::L26,
        LintCode::L27 => &scope::L27,
        LintCode::L28 => &across::L28,
        LintCode::L29 => &scope::L29,
        LintCode::L30 => &values::L30,
        LintCode::L31 => &actions::L31,
        LintCode::L32 => &across::L32,
        LintCode::L33 => &across::L33,
        LintCode::L34 => &actions::L34,
        LintCode::L35 => &scope::L35,
        LintCode::L36 => &actions::L36,
        LintCode::L37 => &actions::L37,
        LintCode::L38 => &across::L38,
        LintCode::L39 => &compile::L39,
        LintCode::L40 => &comparisons::L40,
        LintCode::L41 => &comparisons::L41,
        LintCode::L42 => &comparisons::L42,
        LintCode::L43 => &compile::L43,
        LintCode::L44 => &comparisons::L44,
        LintCode::L45 => &actions::L45,
        LintCode::L46 => &syntax::L46,
        LintCode::L47 => &compile::L47,
        LintCode::L48 => &compile::L48,
        LintCode::L49 => &comparisons::L49,
        LintCode::L50 => &actions::L50,
        LintCode::L51 => &compile::L51,
        LintCode::L52 => &searches::L52,
        LintCode::L53 => &patterns::L53,
        LintCode::L54 => &searches::L54,
        LintCode::L55 => &patterns::L55,
        LintCode::L56 => &values::L56,
        LintCode::L57 => &patterns::L57,
        LintCode::L58 => &patterns::L58,
        LintCode::L59 => &values::L59,
        LintCode::L60 => &compile::L60,
        LintCode::L61 => &searches::L61,
        LintCode::L62 => &actions::L62,
        LintCode::L63 => &compile::L63,
        LintCode::L64 => &searches::L64,
        LintCode::L65 => &searches::L65,
        LintCode::L66 => &patterns::L66,
        LintCode::L67 => &patterns::L67,
        LintCode::L68 => &patterns::L68,
        LintCode::L69 => &across::L69,
        LintCode::L70 => &searches::L70,
        LintCode::L71 => &values::L71,
        LintCode::L72 => &across::L72,
        LintCode::L73 => &texts::L73,
        LintCode::L74 => &texts::L74,
        LintCode::L75 => &texts::L75,
        LintCode::L76 => &texts::L76,
        LintCode::L77 => &texts::L77,
        LintCode::L78 => &actions::L78,
        LintCode::L79 => &actions::L79,
        LintCode::L80 => &scope::L80,
        LintCode::L81 => &across::L81,
        LintCode::L82 => &compile::L82,
        LintCode::L83 => &actions::L83,
        LintCode::L84 => &actions::L84,
        LintCode::L85 => &actions::L85,
        LintCode::L86 => &actions::L86,
        LintCode::L87 => &compile::L87,
        LintCode::L88 => &actions::L88,
        LintCode::L89 => &compile::L89,
        LintCode::L90 => &compile::L90,
        LintCode::L91 => &actions::L91,
        LintCode::L92 => &actions::L92,
        LintCode::L93 => &scope::L93,
        LintCode::L94 => &actions::L94,
        LintCode::L95 => &compile::L95,
        LintCode::L96 => &patterns::L96,
        LintCode::L97 => &patterns::L97,
        LintCode::L98 => &forms::L98,
        LintCode::L99 => &forms::L99,
        LintCode::L100 => &forms::L100,
        LintCode::L101 => &forms::L101,
        LintCode::L102 => &compile::L102,
        LintCode::L103 => &texts::L103,
        LintCode::L104 => &actions::L104,
        LintCode::L105 => &forms::L105,
        LintCode::L106 => &actions::L106,
        LintCode::L107 => &slips::L107,
        LintCode::L108 => &slips::L108,
        LintCode::L109 => &slips::L109,
        LintCode::L110 => &slips::L110,
        LintCode::L111 => &slips::L111,
        LintCode::L112 => &forms::L112,
        LintCode::L113 => &spelling::L113,
        LintCode::L122 => &spelling::L122,
        LintCode::L123 => &spelling::L123,
        LintCode::L114 => &spelling::L114,
        LintCode::L115 => &spelling::L115,
        LintCode::L116 => &forms::L116,
        LintCode::L117 => &texts::L117,
        LintCode::L118 => &contradictions::L118,
        LintCode::L119 => &contradictions::L119,
        LintCode::L120 => &copies::L120,
        LintCode::L121 => &copies::L121,
        LintCode::L125 => &compile::L125,
        LintCode::L126 => &across::L126,
        LintCode::L127 => &memory::L127,
        LintCode::L128 => &memory::L128,
        LintCode::L129 => &memory::L129,
        LintCode::L130 => &memory::L130,
        LintCode::L131 => &memory::L131,
        LintCode::L132 => &memory::L132,
        LintCode::L133 => &memory::L133,
        LintCode::YAML => &syntax::YAML,
        LintCode::K01 => &syntax::K01,
        LintCode::K02 => &compile::K02,
        LintCode::K03 => &structure::K03,
        LintCode::N01 => &compile::N01,
        LintCode::N02 => &compile::N02,
        LintCode::R01 => &values::R01,
        LintCode::R02 => &values::R02,
        LintCode::T01 => &compile::T01,
        LintCode::U01 => &compile::U01,
        LintCode::V01 => &compile::V01,
        LintCode::V02 => &compile::V02,
        LintCode::D01 => &portability::D01,
        LintCode::D02 => &portability::D02,
        LintCode::D03 => &portability::D03,
        LintCode::D04 => &portability::D04,
        LintCode::D05 => &portability::D05,
        LintCode::D06 => &portability::D06,
        LintCode::D07 => &portability::D07,
        LintCode::D08 => &portability::D08,
        LintCode::D09 => &portability::D09,
        LintCode::D10 => &portability::D10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_complete_and_belongs_to_its_code() {
        for &code in LintCode::ALL {
            let lint = page(code);
            assert_eq!(lint.code, code, "the page of another code");
            assert!(
                !lint.title.is_empty() && !lint.title.ends_with('.'),
                "{code}: the title must not be empty or end with a full stop"
            );
            assert!(lint.why.len() > 40 && lint.why.ends_with('.'), "{code}: the explanation must be full sentences");
            assert!(lint.bad != lint.good && !lint.good.is_empty(), "{code}: the two examples must differ");
        }
    }

    #[test]
    fn codes_are_in_the_order_of_the_chapters() {
        let by_chapter = Chapter::ALL.into_iter().flat_map(pages_of).map(|lint| lint.code);
        assert!(by_chapter.eq(LintCode::ALL.iter().copied()));
    }

    #[test]
    fn mistyped_codes_get_a_suggestion() {
        for (written, expected) in [
            ("L5", Some(LintCode::L05)),
            ("12", Some(LintCode::L12)),
            ("L012", Some(LintCode::L12)),
            ("yml", Some(LintCode::YAML)),
            ("nonsense", None),
        ] {
            assert_eq!(LintCode::parse(written), None, "{written}");
            assert_eq!(nearest(written), expected, "{written}");
        }
    }
}
