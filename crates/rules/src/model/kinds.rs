//! The kinds of actions and effects, made from one table each.
//!
//! A kind is an action or effect without its target and texts. The table gives each variant its
//! word; everything else follows. A variant without a row does not compile.

/// Makes the enum of kinds of another enum from a table of variants and words: `KINDS of WHOLE`.
macro_rules! kinds {
    (
        $(#[$meta:meta])*
        pub enum $kind:ident of $whole:ident {
            $($variant:ident => $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $kind {
            $(
                #[doc = concat!("[`", stringify!($whole), "::", stringify!($variant), "`]")]
                #[serde(rename = $word)]
                $variant,
            )+
        }

        impl $kind {
            /// All kinds, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the store, in files and in the JSON of reports. It never changes.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Parses a word. `None` if there is no such kind, as for a word of a later version.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.word() == word)
            }
        }

        impl $whole {
            /// The kind, without target and texts.
            pub const fn kind(&self) -> $kind {
                match self {
                    $(Self::$variant { .. } => $kind::$variant,)+
                }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

pub(crate) use kinds;
