"""What trains and measures whole models.

recipes     how the pretrained models were made: a world, a network, an objective with its schedules, a training
studies     what is compared with what: objectives that have one β left, and the sweeps over β and seeds
sweeps      each point of a study trained and measured by itself, and the table of them
settings    what one training from the command line follows from
runs        that training, and the folder that keeps it
evaluation  every figure of a trained model, and its pictures
"""
