use super::Section;

pub(super) const SECTION: Section = Section {
    id: "warnings",
    heading: "Read this first",
    shown: |page| !page.warnings.is_empty(),
    write: |html, page, _| {
        html.within("ul", &[("class", "warnings")], |html| {
            for warning in &page.warnings {
                html.within("li", &[("dir", "auto")], |html| html.excerpt(warning, 2_000));
            }
        });
    },
};
