/**
 * Training records in tar files, the shards, in the layout of WebDataset: the files of a record follow each other and
 * share the part of their names before the first dot, the key.
 *
 * <pre>
 *   train-00000.tar
 *     train-00000000.json              the record, see {@link dev.mige4j.dataset.DatasetRecord}
 *     train-00000000.reference0.png    the first reference, if it is neither target nor source
 *     train-00000000.source.png        the image to edit, if there is one
 *     train-00000000.target.jpg        the image to generate
 *     train-00000001.json ...
 *   train-00000.idx                    where the files are
 * </pre>
 *
 * An index has the format of NVIDIA DALI ({@code wds2idx}, version 1.2): {@code v1.2} and the number of records, then a
 * line for each record with extension, offset, size and name of each of its files.
 */
package dev.mige4j.dataset.shard;
