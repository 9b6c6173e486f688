//! Commonwheel: keys, ids, canonical CBOR, record kinds, terms, attestations and signatures.
