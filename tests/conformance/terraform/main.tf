# What a user of Terraform deploys: everything must be stored, enforced and given back so that a plan shows no change.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "package" {
  type = string
}

variable "layer_package" {
  type = string
}

variable "description" {
  type    = string
  default = "first"
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  endpoints {
    iam    = var.endpoint
    lambda = var.endpoint
    sts    = var.endpoint
  }
}

resource "aws_iam_role" "function" {
  name = "terraform-function"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_lambda_layer_version" "shared" {
  layer_name          = "terraform-shared"
  filename            = var.layer_package
  compatible_runtimes = ["python3.11"]
}

resource "aws_lambda_function" "hello" {
  function_name                  = "terraform-hello"
  role                           = aws_iam_role.function.arn
  runtime                        = "python3.11"
  handler                        = "handler.handler"
  filename                       = var.package
  source_code_hash               = filebase64sha256(var.package)
  description                    = var.description
  publish                        = true
  layers                         = [aws_lambda_layer_version.shared.arn]
  reserved_concurrent_executions = 5

  environment {
    variables = { GREETING = "hello" }
  }

  tags = { team = "hearth" }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.hello.function_name
  function_version = "1"
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.hello.function_name
  principal      = "s3.amazonaws.com"
  source_account = "000000000000"
  source_arn     = "arn:aws:s3:::example"
}

# Only once there is a second version: a tenth of the calls go to it.
resource "aws_lambda_alias" "canary" {
  count            = var.description == "first" ? 0 : 1
  name             = "canary"
  function_name    = aws_lambda_function.hello.function_name
  function_version = "1"

  routing_config {
    additional_version_weights = { (aws_lambda_function.hello.version) = 0.1 }
  }
}
