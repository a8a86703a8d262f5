//! The globs of `exclude:`: small, and the same on every system.

/// Whether `path`, with `/` between names and relative to the globs' base, is left out by `glob`.
///
/// `*` and `?` stay within a name, `**` stands for any number of names. A glob without a slash
/// matches a name at any depth. Whatever is below a match is never looked at.
pub(super) fn matches(glob: &str, path: &str) -> bool {
    let glob = glob.trim_start_matches("./").trim_end_matches('/');
    let (glob, is_anchored) = match glob.strip_prefix('/') {
        Some(rest) => (rest, true),
        None => (glob, glob.contains('/')),
    };
    if glob.is_empty() {
        return false;
    }
    let names: Vec<&str> = path.split('/').collect();
    if is_anchored {
        let mut globs: Vec<&str> = glob.split('/').collect();
        if globs.last() == Some(&"**") {
            // At the end it stands for what is inside, which is more than nothing.
            globs.push("*");
        }
        match_names(&globs, &names)
    } else {
        names.last().is_some_and(|name| match_name(glob, name))
    }
}

/// As [`match_name`], for names in place of characters: the last `**` takes more when the rest does
/// not fit. Globs come with the repository: nothing here may try every way to share out the names.
fn match_names(globs: &[&str], names: &[&str]) -> bool {
    let (mut at, mut star) = (0, None);
    let mut from = 0;
    while from < names.len() {
        match globs.get(at) {
            Some(&"**") => {
                star = Some((at, from));
                at += 1;
            }
            Some(glob) if match_name(glob, names[from]) => {
                at += 1;
                from += 1;
            }
            Some(_) | None => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    globs[at..].iter().all(|glob| *glob == "**")
}

/// `*` and `?` in one name; the last `*` takes more when the rest does not fit.
fn match_name(glob: &str, name: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut star) = (0, None);
    let mut from = 0;
    while from < name.len() {
        match glob.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(one) if *one == '?' || *one == name[from] => {
                at += 1;
                from += 1;
            }
            Some(_) | None => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    glob[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_names_and_paths() {
        for (glob, path, expected) in [
            ("*.bak.yaml", "a/b/x.bak.yaml", true),
            ("archive", "workflows/archive", true),
            ("archive", "workflows/archived", false),
            ("workflows/old/", "workflows/old", true),
            ("workflows/*/x.yaml", "workflows/a/x.yaml", true),
            ("workflows/*/x.yaml", "workflows/a/b/x.yaml", false),
            ("workflows/**/x.yaml", "workflows/a/b/x.yaml", true),
            ("workflows/**/x.yaml", "workflows/x.yaml", true),
            ("workflows/**", "workflows", false),
            ("workflows/**", "workflows/a", true),
            ("/x.yaml", "x.yaml", true),
            ("/x.yaml", "a/x.yaml", false),
            ("a?c*", "abcd", true),
            ("*a*b", "xxaxxbxb", true),
            ("", "a", false),
            ("a/**/**", "a", false),
            ("a/**/**", "a/b", true),
            ("**/b/**/c", "a/b/b/x/c", true),
            ("**/b/**/c", "a/b/b/x/d", false),
        ] {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
        }
    }

    /// What the words say, and slowly: every way to share out the names is tried.
    fn tried(globs: &[&str], names: &[&str]) -> bool {
        match (globs, names) {
            ([], []) => true,
            (["**"], names) => !names.is_empty(),
            (["**", rest @ ..], names) => {
                (0..=names.len()).any(|skipped| tried(rest, &names[skipped..]))
            }
            ([glob, globs @ ..], [name, names @ ..]) => {
                super::match_name(glob, name) && tried(globs, names)
            }
            ([], [_, ..]) | ([_, ..], []) => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_is_the_slow_one(
            globs in proptest::collection::vec("(\\*\\*|a|b|\\*|\\?)", 2..6),
            names in proptest::collection::vec("[ab]", 1..7),
        ) {
            let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let answer = matches(&globs.join("/"), &names.join("/"));
            proptest::prop_assert_eq!(answer, tried(&globs, &names));
        }
    }

    #[test]
    fn a_glob_that_could_be_shared_out_in_many_ways_is_quick() {
        let glob = format!("{}x", "**/*a*a*a/".repeat(200));
        assert!(!matches(&glob, &"aaaaaaaaaaaa/".repeat(400)));
    }
}
