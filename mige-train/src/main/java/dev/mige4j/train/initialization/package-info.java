/** Initial models of the joint training: random weights over trained parts, or a pretrained model. */
package dev.mige4j.train.initialization;
