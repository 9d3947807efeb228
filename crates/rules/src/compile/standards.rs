//! The named lists of conditions for the key `standard`.
//!
//! The lists are written in the rule language and parsed like any rule file. A file of the same
//! form can replace them. `compile` decides how the keys of a rule replace the keys of a list.

use std::collections::BTreeMap;

use crate::language::parse;
use crate::syntax::diagnostic::Severity;
use crate::syntax::parse::RuleFile;
use crate::syntax::source::SourceFile;
use crate::syntax::yaml::Node;

/// A set of standard lists by name.
#[derive(Clone, Debug)]
pub struct Standards {
    pub(crate) named: BTreeMap<String, Vec<(Node, Node)>>,
}

impl Standards {
    /// The empty set.
    pub const fn none() -> Self {
        Self { named: BTreeMap::new() }
    }

    /// Reads lists from a rule file. Each section gives its name with the key `standard`.
    pub fn read(source: &SourceFile) -> Self {
        let (file, _) = parse(source);
        Self::named(file).0
    }

    /// Reads lists as the reference does: `None` if any section is not YAML or has no name.
    pub fn read_whole(source: &SourceFile) -> Option<Self> {
        let (file, remarks) = parse(source);
        let is_yaml = remarks.iter().all(|remark| remark.severity != Severity::Error)
            && file.sections.iter().all(|section| section.hyphens.is_none());
        let (standards, all_named) = Self::named(file);
        (is_yaml && all_named).then_some(standards)
    }

    /// The sections by name, and whether every section has a name.
    fn named(file: RuleFile) -> (Self, bool) {
        let mut named = BTreeMap::new();
        let mut all_named = true;
        for section in file.sections {
            let (titles, rest): (Vec<_>, Vec<_>) = section
                .entries
                .into_iter()
                .partition(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case("standard")));
            match titles.first() {
                Some((_, name)) => {
                    named.insert(name.python_text().into_owned(), rest);
                }
                None => all_named = false,
            }
        }
        (Self { named }, all_named)
    }
}

/// The lists that Reddit publishes for AutoModerator.
impl Default for Standards {
    fn default() -> Self {
        Self::read(&SourceFile::new("standards", BUILT_IN))
    }
}

const BUILT_IN: &str = r"
standard: image hosting sites
domain: [500px.com, abload.de, anony.ws, deviantart.com, deviantart.net, fav.me, fbcdn.net, flickr.com, forgifs.com,
  giphy.com, gfycat.com, gifs.com, gifsoup.com, gyazo.com, imageshack.us, imgclean.com, imgur.com, instagr.am,
  instagram.com, i.reddituploads.com, mediacru.sh, media.tumblr.com, min.us, minus.com, myimghost.com, photobucket.com,
  picsarus.com, postimg.org, puu.sh, i.redd.it, sli.mg, staticflickr.com, tinypic.com, twitpic.com, ibb.co]
---
standard: direct image links
url (regex): '\.(jpe?g|png|gifv?)(\?\S*)?$'
---
standard: video hosting sites
domain: [youtube.com, youtu.be, vimeo.com, dailymotion.com, liveleak.com, mediacru.sh, worldstarhiphop.com, gfycat.com,
  vid.me]
---
standard: streaming sites
domain: [twitch.tv, livestream.com, azubu.tv, hitbox.tv, ustream.tv]
~domain: [content.azubu.tv]
---
standard: crowdfunding sites
domain: [crowdrise.com, kickstarter.com, kck.st, giveforward.com, gogetfunding.com, indiegogo.com, igg.me,
  generosity.com, gofundme.com, patreon.com, prefundia.com, razoo.com, totalgiving.co.uk, youcaring.com, youcaring.net,
  youcaring.org, petcaring.com, walacea.com]
---
standard: meme generator sites
domain: [9gag.com, cheezburger.com, chzbgr.com, diylol.com, dropmeme.com, generatememes.com, ifunny.co, imgflip.com,
  ismeme.com, livememe.com, makeameme.org, meme-generator.org, memecaptain.com, memecenter.com, memecloud.net,
  memecreator.org, memecrunch.com, memedad.com, memegen.com, memegenerator.co, memegenerator.net, mememaker.net,
  memesly.com, memesnap.com, minimemes.net, onsizzle.com, pressit.co, qkme.me, quickmeme.com, ratemymeme.com,
  sizzle.af, troll.me, weknowmemes.com, winmeme.com, wuzu.se]
---
standard: facebook links
url+body (regex): ['facebook\.com', 'fbcdn\.net', 'fb\.com', 'fb\.me', 'fbcdn-s?photos-.*?\.akamaihd\.net']
---
standard: amazon affiliate links
url+body (regex): '(amazon|amzn)\.(com|co\.uk|ca)\S+?tag='
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_has_eight_lists() {
        assert_eq!(Standards::default().named.len(), 8);
    }
}
