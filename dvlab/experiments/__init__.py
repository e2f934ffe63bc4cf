"""What trains and measures whole models.

recipe      what it takes to train a model: a world, a network, an objective, a training, and how many of it begin
recipes     how the pretrained models were made, each a recipe with its schedules
studies     what is compared with what: objectives that have one β left, and the sweeps over β and seeds
sweeps      each point of a study trained and measured by itself, and the table of them
settings    what one training from the command line follows from
runs        that training, and the folder that keeps it
evaluation  every figure of a trained model, and its pictures
"""
