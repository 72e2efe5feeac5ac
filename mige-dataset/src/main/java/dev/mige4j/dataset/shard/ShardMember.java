package dev.mige4j.dataset.shard;

/**
 * A file in a shard.
 *
 * @param name its name, such as {@code train-00000000.target.png}
 * @param offset position of its first byte
 * @param size number of bytes
 */
record ShardMember(String name, long offset, long size) {

    /** The name up to the first dot behind the last slash, which the files of a record share. */
    String key() {
        return name.substring(0, dot());
    }

    /** The name behind that dot, such as {@code target.png}. */
    String extension() {
        return name.substring(dot() + 1);
    }

    private int dot() {
        return name.indexOf('.', name.lastIndexOf('/') + 1);
    }
}
