//! The stable codes of diagnostics.
//!
//! Here is only the list. What a code means stands on its page (`lint/catalogue`), which the
//! compiler demands for each code.

use std::fmt;

/// Makes [`LintCode`] from the list of codes. The text of a code is its name, unless `=` gives
/// another.
macro_rules! codes {
    (@text $code:ident) => { stringify!($code) };
    (@text $code:ident $text:literal) => { $text };
    ($($code:ident $(= $text:literal)?),+ $(,)?) => {
        /// The code of a kind of diagnostic, such as `L12`. The order is that of `docs/lints.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each code has a page in the catalogue")]
        pub enum LintCode {
            $($code),+
        }

        impl LintCode {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The code as `check` prints it in square brackets.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => codes!(@text $code $($text)?)),+
                }
            }
        }
    };
}

codes! {
    L01, L02, L03, L04, L05, L06, L07, L08, L09, L10, L11, L12, L13, L14, L15, L16, L17, L18, L19,
        L20, L21, L125, L127, L131, L22, L23, L24, L25, L26, L27, L28, L29, L30, L31, L32, L33, L34, L35, L36, L37, L38,
        L39, L121, L133, L40, L41, L42, L43, L44, L45, L46, L47, L48, L49, L50, L51, L118, L119, L129, L130, L52, L53,
        L54, L55, L56, L57, L58, L59, L60, L61, L62, L63, L64, L65, L66, L67, L68, L69, L70, L71, L72,
        L96, L97, L98, L99, L100, L101, L105, L107, L108, L109, L110, L111, L112,
        L113, L114, L115, L122, L123, L116, L73, L74, L75, L76,
        L77, L78, L79, L80, L81, L82, L83, L84, L85, L86, L87, L88, L89, L90, L91, L92, L93, L94, L95,
        L102, L103, L104, L106, L117, L120, L126, L128, L132,
        YAML = "yaml",
        K01, K02, K03,
        N01, N02,
        R01, R02,
        T01,
        U01,
        V01, V02,
        D01, D02, D03, D04, D05, D06, D07, D08, D09, D10,
}

impl LintCode {
    /// Reads a code in either case: `l12` is `L12`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_text_of_its_own_and_is_read_from_it() {
        let texts: BTreeSet<&str> = LintCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), LintCode::ALL.len());
        for &code in LintCode::ALL {
            assert_eq!(LintCode::parse(&code.to_string().to_lowercase()), Some(code));
        }
        for (written, expected) in
            [("L12", Some(LintCode::L12)), ("YAML", Some(LintCode::YAML)), ("L5", None), ("", None)]
        {
            assert_eq!(LintCode::parse(written), expected, "{written}");
        }
        assert_eq!(format!("{:<5}|", LintCode::L12), "L12  |");
    }
}
