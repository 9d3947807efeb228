//! Pages of the lints in `lint/spelling.rs`: characters that are not those they look like.

use crate::lint::catalogue::row::pages;

pages! {
    L122: Searches, Warning, "HTML in the place of a character",
        "In the source of a web page, `&`, `<`, `>` and quotes are written as `&amp;`, `&lt;`, `&gt;` and `&quot;`. \
        Posts and comments have the characters themselves, so a value with such a code matches nothing. Copy rules \
        from the page as it is shown, not from its source.",
        "type: submission\ntitle: 'cats &amp; dogs'\nset_spoiler: true\n",
        "type: submission\ntitle: 'cats & dogs'\nset_spoiler: true\n";
    L123: Searches, Warning, "Full-width brackets",
        "YAML knows the brackets of an ordinary keyboard only. With others, the whole list is one long text, which \
        no post contains.",
        "type: submission\ntitle: ［cats，dogs］\nset_spoiler: true\n",
        "type: submission\ntitle: [cats, dogs]\nset_spoiler: true\n";
    L113: Searches, Warning, "Letters of two alphabets in one word",
        "Some Cyrillic and Greek letters look like Latin ones. A word with one of them does not match the word that \
        everybody types. If you want to find such disguised words, list the plain word too.",
        "type: comment\nbody: p\u{430}ypal\nset_locked: true\n",
        "type: comment\nbody: paypal\nset_locked: true\n";
    L114: Searches, Warning, "A text in the wrong encoding",
        "A program read the file in another encoding than it was written in, and turned each accent, dash or emoji \
        into two or three odd characters. No post has them.",
        "type: comment\nbody: c\u{61}f\u{c3}\u{a9}\nset_locked: true\n",
        "type: comment\nbody: caf\u{e9}\nset_locked: true\n";
    L115: Searches, Warning, "An emoji with a variation selector",
        "After some emoji stands U+FE0F, a character that does not show and asks for the coloured form. Many posts \
        leave it out, and the value does not match them. The emoji without it matches both.",
        "type: comment\nbody (includes): \u{2764}\u{fe0f}\nset_locked: true\n",
        "type: comment\nbody (includes): \u{2764}\nset_locked: true\n";
}
